// Signed notes, checkpoints, cosignatures and proofs as text (c2sp.org), and who signed them.
class BadNote extends Error {}

const LOG_KEY = 1;
const WITNESS_KEY = 4;

function base64(text) {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw new BadNote(`no base64: ${text.slice(0, 60)}`);
  }
}

function parseKey(text) {
  const [name, id, ...rest] = text.trim().split("+");
  const material = base64(rest.join("+"));
  if (!name || material.length !== 33 || ![LOG_KEY, WITNESS_KEY].includes(material[0])) {
    throw new BadNote("this is no public key of a ledger: name+keyid+base64 is expected");
  }
  const key = { name, kind: material[0], public: material.subarray(1), text: text.trim() };
  key.id = hex(sha256(utf8(`${name}\n`), material).subarray(0, 4));
  if (key.id !== id) throw new BadNote(`the key id ${id} does not belong to this key`);
  return key;
}

function parseNote(text) {
  const cut = text.lastIndexOf("\n\n");
  if (cut < 0 || !text.endsWith("\n")) {
    throw new BadNote("a signed note ends with a blank line and signature lines");
  }
  if (/[\u0000-\u0009\u000b-\u001f]/.test(text)) throw new BadNote("a signed note holds no control characters");
  const signatures = text.slice(cut + 2, -1).split("\n").map((line) => {
    const [dash, name, material] = line.split(" ");
    const bytes = base64(material ?? "");
    if (dash !== "\u2014" || !name || bytes.length <= 4) throw new BadNote(`no signature line: ${line}`);
    return { name, id: hex(bytes.subarray(0, 4)), bytes: bytes.subarray(4) };
  });
  return { text: text.slice(0, cut + 1), signatures };
}

function parseHead(text) {
  const [origin, size, root] = text.split("\n");
  if (!origin || !/^(0|[1-9][0-9]*)$/.test(size ?? "")) {
    throw new BadNote("a checkpoint has an origin, a size and a root");
  }
  const hash = base64(root ?? "");
  if (hash.length !== 32) throw new BadNote("a checkpoint's root has 32 bytes");
  return { origin, size: Number(size), root: hash };
}

function parseProof(text) {
  const cut = text.indexOf("\n\n");
  const [header, ...lines] = text.slice(0, cut).split("\n");
  if (cut < 0 || header !== "c2sp.org/tlog-proof@v1") {
    throw new BadNote("a proof begins with c2sp.org/tlog-proof@v1");
  }
  const [index, ...hashes] = lines.filter((line) => !line.startsWith("extra "));
  if (!/^index [0-9]+$/.test(index ?? "")) throw new BadNote("a proof names its index");
  return {
    index: Number(index.slice(6)),
    hashes: hashes.map((line) => {
      const hash = base64(line);
      if (hash.length !== 32) throw new BadNote("a proof's hashes have 32 bytes");
      return hash;
    }),
    checkpoint: text.slice(cut + 2),
  };
}

async function isSigned(key, message, signature) {
  if (signature.length !== 64) return false;
  const known = await crypto.subtle.importKey("raw", key.public, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, known, signature, message);
}

async function canCheckSignatures() {
  try {
    await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
    return true;
  } catch {
    return false;
  }
}

const ofKey = (note, key) => note.signatures.filter((one) => one.name === key.name && one.id === key.id);

async function signedBy(note, key) {
  for (const one of ofKey(note, key)) {
    if (await isSigned(key, utf8(note.text), one.bytes)) return true;
  }
  return false;
}

// When a witness cosigned the note; null if it did not.
async function cosignedBy(note, key) {
  for (const one of ofKey(note, key)) {
    if (one.bytes.length !== 72) continue;
    const moment = new DataView(one.bytes.buffer, one.bytes.byteOffset, 8).getBigUint64(0);
    const message = utf8(`cosignature/v1\ntime ${moment}\n${note.text}`);
    if (await isSigned(key, message, one.bytes.subarray(8))) return new Date(Number(moment) * 1000);
  }
  return null;
}

// The reader's key, and those that it vouched for, directly or in turn.
async function believed(key, known) {
  const trusted = [key];
  for (const { key: successor, endorsement } of known) {
    if (!endorsement || trusted.some((one) => one.text === successor.text)) continue;
    let note;
    try {
      note = parseNote(endorsement);
    } catch {
      continue;
    }
    if (note.text !== `signalbox ledger key\n${successor.text}\n`) continue;
    for (const one of trusted.slice()) {
      if (await signedBy(note, one)) {
        trusted.push(successor);
        break;
      }
    }
  }
  return trusted;
}
