// What the reader sees: choose the bundle, give the key, and what was found in plain words.
const byId = (id) => document.getElementById(id);
const MOST_LINES = 200;
const shown = { members: [], entries: [], lines: 0, names: {}, payloads: new Map() };

function made(tag, text = "", css = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (css) element.className = css;
  return element;
}

const many = (count, one, more = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : more}`;

function tell(text, css = "") {
  byId("state").className = css;
  byId("state").textContent = text;
}

async function chosen(files, open) {
  if (!files.length) return;
  byId("result").replaceChildren();
  try {
    shown.members = await open();
    tell(`${many(shown.members.length, "file")} in the bundle. Now give the key and check.`);
  } catch (error) {
    shown.members = [];
    tell(error.message, "bad");
  }
}

function keysIn(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean).map(parseKey);
}

async function check(event) {
  event.preventDefault();
  byId("result").replaceChildren();
  if (!shown.members.length) return tell("Choose the bundle first.", "bad");
  let key;
  let witnesses;
  try {
    key = parseKey(byId("key").value);
    witnesses = keysIn(byId("witnesses").value);
  } catch (error) {
    return tell(error.message, "bad");
  }
  byId("go").disabled = true;
  byId("progress").hidden = false;
  const progress = (doing, part, whole) => {
    tell(`${doing}: ${part.toLocaleString("en")} of ${whole.toLocaleString("en")}`);
    byId("progress").max = Math.max(whole, 1);
    byId("progress").value = part;
  };
  const found = await new Check(shown.members, key, witnesses, progress).run();
  byId("progress").hidden = true;
  byId("go").disabled = false;
  report(found, key);
  await tellStory(found);
  byId("result").focus();
}

function report(found, key) {
  const sound = found.faults.length === 0;
  tell(sound ? "Checked." : "Checked, and it is not sound.", sound ? "good" : "bad");
  const result = byId("result");
  const title = sound ? "Sound: nothing here was altered" : `Not sound: ${many(found.faults.length, "fault")}`;
  result.replaceChildren(made("h3", title));
  result.className = sound ? "good" : "bad";
  if (!sound) {
    const [first] = found.faults;
    const where = first.index === null ? "" : ` First bad entry: leaf ${first.index}.`;
    result.append(made("p", `First fault: ${first.text}.${where}`, "first"));
    const list = made("ul");
    for (const { text } of found.faults.slice(1, 50)) list.append(made("li", text));
    result.append(list);
  }
  result.append(made("h4", "What was checked"), checklist(found, key));
}

function checklist(found, key) {
  const list = made("ul");
  const said = [
    `${many(found.files, "file")} compared with the manifest`,
    `The checkpoint of ${found.origin} over ${many(found.size, "entry", "entries")}, root ${found.root}`,
    `Its signature, with the key you gave (${key.name}, ${key.id}) and those that key vouched for`,
    ...found.cosigned.map((one) => `The cosignature of ${one.name} of ${one.moment.toISOString()}`),
    found.complete
      ? `${many(found.entries, "entry", "entries")}, from the first to the last: together they lead to the signed root, so none is missing before it`
      : `${many(found.entries, "entry", "entries")}: the hash of each, and its proof up to the signed root`,
    `${many(found.payloads, "payload")} against the salted digests in the entries; ${found.absent} that entries mention are not included`,
  ];
  if (!found.cosigned.length) said.push("No witness: you named none. Without one, whoever held the ledger's key could have made another ledger.");
  if (found.dropped) said.push(`${many(found.dropped, "entry", "entries")} whose text was removed after the time of keeping; the place of each is still proven`);
  if (found.claim) said.push(found.claim);
  if (!found.complete && !found.claim) said.push("That none was left out is not shown: this is a selection.");
  for (const text of said) list.append(made("li", text));
  return list;
}

// What happened, read anew from the checked file.
async function tellStory(found) {
  const bad = new Set(found.faults.map((fault) => fault.index));
  shown.entries = [];
  shown.payloads = new Map();
  try {
    for await (const line of linesOf(shown.members.find((one) => one.name === NAMES.entries))) {
      const { index, body } = JSON.parse(line);
      if (body === undefined) continue;
      shown.entries.push({ index, body, state: bad.has(index) ? "bad" : found.faults.length ? "open" : "good" });
      if (shown.entries.length === MOST_TOLD) break;
    }
    await readPayloads();
  } catch {
    if (!shown.entries.length) return;
  }
  byId("told").textContent = found.faults.length
    ? "Read from the file you chose. It is not sound, so do not rely on it."
    : `Read from the file you chose and checked${found.entries > shown.entries.length ? `: the first ${shown.entries.length.toLocaleString("en")} of ${found.entries.toLocaleString("en")} entries` : ""}.`;
  begin();
}

const MOST_TOLD = 20000;
const MOST_PAYLOADS = 5000;

async function readPayloads() {
  for await (const line of linesOf(shown.members.find((one) => one.name === NAMES.payloads))) {
    const { digest, body } = JSON.parse(line);
    shown.payloads.set(digest, body);
    if (shown.payloads.size === MOST_PAYLOADS) return;
  }
}

function begin() {
  byId("story").replaceChildren();
  shown.lines = 0;
  more();
}

function more() {
  const next = shown.entries.slice(shown.lines, shown.lines + MOST_LINES);
  for (const entry of next) byId("story").append(line(entry));
  shown.lines += next.length;
  byId("more").hidden = shown.lines >= shown.entries.length;
  byId("more").textContent = `Show more (${(shown.entries.length - shown.lines).toLocaleString("en")} left)`;
}

const MARKS = { good: "checked", bad: "altered", open: "not relied on", told: "not checked yet" };

function line({ index, body, state }) {
  const item = made("li", "", state);
  let said;
  try {
    said = JSON.parse(body);
  } catch {
    item.append(made("p", `Entry ${index} cannot be read.`));
    return item;
  }
  const details = made("details");
  const summary = made("summary");
  const time = made("time", String(said.occurred_at).replace("T", " ").replace(/\.[0-9]+Z$/, " UTC"));
  summary.append(time, made("span", sentence(said, shown.names), "what"), made("span", MARKS[state], "mark"));
  details.append(summary);
  details.addEventListener("toggle", () => open(details, said, index), { once: true });
  item.append(details);
  return item;
}

function open(details, said, index) {
  details.append(made("p", `Entry ${index} of the ledger, ${said.kind}, in ${said.scope || "no unit"}`, "place"));
  details.append(block("Entry", JSON.stringify(said, null, 2)));
  for (const digest of digestsIn(said)) {
    const held = shown.payloads.get(digest);
    if (held !== undefined) details.append(made("p", `Payload ${digest.slice(0, 19)}…`, "place"), block("Payload", pretty(held)));
  }
}

// A text that may scroll, so that it can be reached by keyboard.
function block(label, text) {
  const element = made("pre", text);
  element.tabIndex = 0;
  element.setAttribute("role", "region");
  element.setAttribute("aria-label", label);
  return element;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function start() {
  const given = JSON.parse(byId("given").textContent);
  shown.names = given.names ?? {};
  shown.entries = (given.entries ?? []).map((entry) => ({ ...entry, state: "told" }));
  byId("told").textContent = shown.entries.length
    ? "As the bundle says it, not checked yet."
    : "Nothing to show until a bundle is chosen and checked.";
  begin();
  byId("more").addEventListener("click", more);
  byId("zip").addEventListener("change", (event) => chosen(event.target.files, () => openArchive(event.target.files[0])));
  byId("folder").addEventListener("change", (event) => chosen(event.target.files, async () => openFolder(event.target.files)));
  byId("form").addEventListener("submit", check);
  try {
    await selfTest();
    if (await canCheckSignatures()) return;
    tell("This browser cannot check Ed25519 signatures. Use a newer one, or verify.py.", "bad");
  } catch (error) {
    tell(`This browser cannot check anything here: ${error.message}.`, "bad");
  }
  byId("go").disabled = true;
}

start();
