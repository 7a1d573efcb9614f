/* Checks one entry from its evidence, in the reader's browser: the questions of audit/entry_checks.py.

   Notes, hashes and trees are read by the scripts of the evidence bundle's page (audit/browser),
   which stand beside this module as plain scripts. Each answer is {text, passed}: true, false, or
   null where the question does not arise. */
/* global parseKey, parseNote, parseHead, parseProof, believed, signedBy, cosignedBy, canCheckSignatures,
   rootFrom, leafHash, selfTest, same, hex, utf8 */

const STAMP = ["at", "id", "number", "writer", "xid"];

/** What the database wrote into the body itself, however the body spells it. */
function stampOf(said) {
  const stamp = said._ ?? {};
  return Array.isArray(stamp) ? Object.fromEntries(STAMP.map((name, at) => [name, stamp[at]])) : stamp;
}

const asText = (value) => (value === undefined || value === null ? null : String(value));

function columns(evidence) {
  let said;
  try {
    said = JSON.parse(evidence.body);
  } catch {
    return [{ text: "The body is no entry", passed: false }];
  }
  const stamp = stampOf(said);
  const all = { ...said, ...stamp, recorded_at: stamp.at };
  const names = Object.keys(evidence.columns);
  const wrong = names.filter((name) => asText(all[name]) !== evidence.columns[name]).map((name) => {
    const held = evidence.columns[name];
    return `column ${name} holds ${held === null ? "nothing" : `“${held}”`} and the body says ${asText(all[name]) === null ? "nothing" : `“${all[name]}”`}`;
  });
  if (asText(said.entry_id) !== evidence.entry_id) wrong.push("this is the body of another entry");
  const text = wrong.length ? wrong.join("; ") : `All ${names.length} columns equal the body`;
  return [{ text, passed: !wrong.length }];
}

async function signature(note, evidence, ownKey) {
  const known = evidence.keys.map((one) => ({ key: parseKey(one.key), endorsement: one.endorsement }));
  const first = ownKey || known.at(-1)?.key;
  if (!first) return [{ text: "The ledger shows no key", passed: false }];
  const whose = ownKey ? "the key you brought" : "the key that the ledger shows";
  for (const key of await believed(first, known)) {
    if (await signedBy(note, key)) {
      const via = key.text === first.text ? whose : `a key that ${whose} vouched for`;
      return [{ text: `The checkpoint is signed by ${via}, ${key.name}+${key.id}`, passed: true }];
    }
  }
  return [{ text: `Neither ${whose} nor one it vouched for has signed the checkpoint`, passed: false }];
}

async function witnesses(note, evidence) {
  if (!evidence.witnesses.length) return [{ text: "No witness is asked to cosign", passed: null }];
  const found = [];
  for (const text of evidence.witnesses) {
    const key = parseKey(text);
    const when = await cosignedBy(note, key);
    found.push(when
      ? { text: `${key.name} cosigned the same root, ${when.toISOString().slice(0, 19).replace("T", " ")} UTC`, passed: true }
      : { text: `${key.name} has not cosigned this checkpoint yet`, passed: null });
  }
  return found;
}

async function sealed(evidence, ownKey) {
  if (!evidence.proof) return [{ text: "It is not sealed yet, so nothing proves its place", passed: null }];
  const proof = parseProof(evidence.proof);
  const note = parseNote(proof.checkpoint);
  const head = parseHead(note.text);
  const root = rootFrom(leafHash(utf8(evidence.body)), proof.index, head.size, proof.hashes);
  const placed = root !== null && same(root, head.root);
  const number = (value) => value.toLocaleString("en");
  const path = placed
    ? `${proof.hashes.length} hashes lead from leaf ${number(proof.index)} to the root of ${number(head.size)} entries`
    : `The path from leaf ${number(proof.index)} does not lead to the signed root`;
  const answers = [{ text: path, passed: placed }];
  if (!(await canCheckSignatures())) {
    return [...answers, { text: "This browser cannot check Ed25519 signatures; use manage.py ledger prove and audit.verify", passed: null }];
  }
  return [...answers, ...(await signature(note, evidence, ownKey)), ...(await witnesses(note, evidence))];
}

/** All answers, in the order in which one builds on the other. */
export async function check(evidence, ownKey) {
  if (!globalThis.crypto?.subtle) {
    return [{ text: "This browser checks nothing over an unprotected connection: open the console by https", passed: null }];
  }
  await selfTest();
  const hashed = hex(leafHash(utf8(evidence.body))) === evidence.leaf;
  const leaf = hashed ? "The body gives the leaf hash" : "The body does not match its leaf hash";
  const answers = [...columns(evidence), { text: leaf, passed: hashed }];
  try {
    return [...answers, ...(await sealed(evidence, ownKey))];
  } catch (error) {
    return [...answers, { text: `The proof cannot be read: ${error.message}`, passed: false }];
  }
}
