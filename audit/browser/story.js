// One entry as a sentence. Names of people come from the console at the time of export: the ledger
// itself holds identifiers only.
const SUBJECT_NAMES = ["title", "target", "key", "slug", "name", "role"];

function called(kind, id, name, names) {
  if (names[id]) return names[id];
  if (name) return `${kind} ${name}`;
  return /^[0-9a-f-]{36}$/.test(id) ? `${kind} ${id.slice(-8)}` : `${kind} ${id}`;
}

function about(said, names) {
  const data = said.data ?? {};
  const fields = { ...(data.set ?? {}), ...data };
  const field = SUBJECT_NAMES.find((one) => typeof fields[one] === "string" && fields[one] && !fields[one].startsWith("sha256:"));
  return field ? `${said.subject_kind} “${fields[field]}”` : called(said.subject_kind, said.subject_id, "", names);
}

function sentence(said, names) {
  const who = called(said.actor_kind, said.actor_id, said.actor_name ?? "", names);
  const what = String(said.kind).replaceAll("_", " ").replace(".", " ");
  const outcome = said.outcome ? `, ${said.outcome}` : "";
  const behalf = said.on_behalf_of ? ` for ${called("person", said.on_behalf_of, "", names)}` : "";
  return `${who}${behalf}: ${what}, ${about(said, names)}${outcome}`;
}
