// The check itself: the same questions in the same order as verify.py, which travels beside this page.
const FORMAT = "signalbox-evidence/1";
const NAMES = {
  manifest: "manifest.json", checkpoint: "checkpoint.txt", entries: "entries.jsonl",
  payloads: "payloads.jsonl", keys: "keys.json", proofs: "proofs.jsonl",
};
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const BREATH_MS = 40;

// The proofs of a selection: one JSON object a line, in the order of their leaves.
class Proofs {
  constructor(lines) {
    this.lines = lines;
    this.skipped = 0;
    this.started = false;
  }

  async step() {
    const { done, value } = await this.lines.next();
    this.next = done ? null : JSON.parse(value);
    this.started = true;
  }

  async of(index) {
    if (!this.started) await this.step();
    for (; this.next !== null && this.next.index < index; await this.step()) this.skipped += 1;
    if (this.next === null || this.next.index !== index) return null;
    const { proof } = this.next;
    await this.step();
    return proof;
  }

  async unused() {
    if (!this.started) await this.step();
    for (; this.next !== null; await this.step()) this.skipped += 1;
    return this.skipped;
  }
}

class Check {
  constructor(members, key, witnesses, report) {
    this.members = members;
    this.byName = new Map(members.map((member) => [member.name, member]));
    this.key = key;
    this.witnesses = witnesses;
    this.report = report;
    this.found = {
      faults: [], entries: 0, dropped: 0, payloads: 0, absent: 0, files: 0, cosigned: [],
      complete: false, claim: "", size: 0, root: "", origin: "", manifest: null,
    };
    this.goal = { id: "", places: [], closing: null, closedAt: 0 };
    this.referenced = new Set();
    this.dropped = [];
    this.rested = performance.now();
  }

  fault(text, index = null) {
    this.found.faults.push({ text, index });
  }

  async run() {
    try {
      const manifest = JSON.parse(await this.text(NAMES.manifest));
      this.found.manifest = manifest;
      this.found.complete = manifest.complete === true;
      this.goal.id = manifest.goal ?? "";
      await this.checkFiles(manifest.files);
      const note = parseNote(await this.text(NAMES.checkpoint));
      const head = await this.checkCheckpoint(note);
      await this.checkEntries(head, note, manifest.entries);
      await this.checkPayloads();
      this.checkGoal();
      if (manifest.format !== FORMAT) this.fault(`this is no bundle of format ${FORMAT}`);
      if (this.found.entries !== manifest.entries) {
        this.fault(`the manifest promises ${manifest.entries} entries, ${this.found.entries} are here`);
      }
    } catch (error) {
      this.fault(`the bundle cannot be read: ${error.message}`);
    }
    return this.found;
  }

  member(name) {
    const member = this.byName.get(name);
    if (!member) throw new Unreadable(`${name} is missing`);
    return member;
  }

  text(name) {
    return textOf(this.member(name));
  }

  // Let the page be drawn now and then, and say how far it has come.
  async breathe(doing, part, whole) {
    if (performance.now() - this.rested < BREATH_MS) return;
    this.report(doing, part, whole);
    await new Promise((go) => { setTimeout(go); });
    this.rested = performance.now();
  }

  async checkFiles(promised) {
    const seen = new Set();
    for (const { name } of this.members) {
      if (seen.has(name)) this.fault(`${name} is in the bundle twice`);
      seen.add(name);
    }
    for (const name of Object.keys(promised).sort()) {
      if (!seen.has(name)) this.fault(`${name} is missing`);
    }
    for (const member of this.members) {
      if (member.name === NAMES.manifest) continue;
      if (!(member.name in promised)) {
        this.fault(`${member.name} is not in the manifest`);
        continue;
      }
      const hash = new Sha256();
      for await (const chunk of chunksOf(member)) {
        hash.update(chunk);
        await this.breathe("Files", this.found.files, this.members.length);
      }
      if (hex(hash.digest()) !== promised[member.name]) {
        this.fault(`${member.name} was changed after the manifest was written`);
      }
      this.found.files += 1;
    }
  }

  async checkCheckpoint(note) {
    const head = parseHead(note.text);
    Object.assign(this.found, { size: head.size, root: hex(head.root), origin: head.origin });
    const known = JSON.parse(await this.text(NAMES.keys));
    const keys = known.map((one) => ({ key: parseKey(one.key), endorsement: one.endorsement }));
    let signed = false;
    for (const key of await believed(this.key, keys)) signed ||= await signedBy(note, key);
    if (!signed) this.fault("the checkpoint is not signed by the key you gave, nor a successor");
    for (const witness of this.witnesses) {
      const moment = await cosignedBy(note, witness);
      if (moment) this.found.cosigned.push({ name: witness.name, moment });
      else this.fault(`the witness ${witness.name} did not cosign the checkpoint`);
    }
    return head;
  }

  async checkEntries(head, note, promised) {
    const frontier = new Frontier();
    let last = -1;
    let number = 0;
    const absent = [];
    const proofs = this.found.complete ? null : new Proofs(linesOf(this.member(NAMES.proofs)));
    for await (const line of linesOf(this.member(NAMES.entries))) {
      number += 1;
      const entry = JSON.parse(line);
      const { index } = entry;
      if (index <= last) this.fault(`line ${number} of ${NAMES.entries}: leaf ${index} after leaf ${last}`, index);
      last = index;
      const dropped = entry.body === undefined;
      const leaf = dropped ? unhex(entry.leaf) : leafHash(utf8(entry.body));
      if (this.found.complete) frontier.add(leaf);
      else await this.checkProof(index, leaf, head, note, await proofs.of(index));
      this.found.entries += 1;
      if (dropped) absent.push(index);
      else this.take(JSON.parse(entry.body), index);
      await this.breathe("Entries", this.found.entries, promised);
    }
    this.checkAbsent(absent);
    const unused = proofs ? await proofs.unused() : 0;
    if (unused) this.fault(`${unused} proofs belong to no entry here`);
    const reached = frontier.size === head.size && same(frontier.root(), head.root);
    if (this.found.complete && !reached) {
      this.fault(`the ${frontier.size} entries do not lead to the root signed for ${head.size}`);
    }
  }

  // An entry may be a mere hash if a later entry says that its month was dropped.
  checkAbsent(absent) {
    this.found.dropped = absent.length;
    for (const index of absent) {
      if (this.dropped.some(([first, last]) => first <= index && index <= last)) continue;
      this.fault(`leaf ${index}: only its hash is here and no entry says that it was dropped`, index);
    }
  }

  async checkProof(index, leaf, head, note, text) {
    if (text === null) return this.fault(`leaf ${index}: it has no proof`, index);
    const proof = parseProof(text);
    if (parseNote(proof.checkpoint).text !== note.text) {
      this.fault(`leaf ${index}: its proof is about another checkpoint`, index);
    }
    if (proof.index !== index) this.fault(`leaf ${index}: its proof is about leaf ${proof.index}`, index);
    const root = rootFrom(leaf, index, head.size, proof.hashes);
    if (!root || !same(root, head.root)) {
      this.fault(`leaf ${index}: the entry is not what was sealed there`, index);
    }
  }

  take(said) {
    for (const digest of digestsIn(said)) this.referenced.add(digest);
    if (said.kind === "month.dropped") this.dropped = said.data.leaves;
    if (this.goal.id && said.goal === this.goal.id) {
      this.goal.places.push(Array.isArray(said._) ? said._[1] : said._?.id ?? 0);
      if (said.kind === "goal.closed") {
        this.goal.closing = said.data?.entries ?? null;
        this.goal.closedAt = this.goal.places.at(-1);
      }
    }
  }

  async checkPayloads() {
    const found = new Set();
    for await (const line of linesOf(this.member(NAMES.payloads))) {
      const { digest, salt, body } = JSON.parse(line);
      found.add(digest);
      if (`sha256:${hex(sha256(unhex(salt), utf8(body)))}` !== digest) {
        this.fault(`payload ${digest} does not match its digest`);
      }
      if (!this.referenced.has(digest)) this.fault(`payload ${digest} belongs to no entry here`);
      await this.breathe("Payloads", found.size, this.referenced.size);
    }
    this.found.payloads = found.size;
    this.found.absent = [...this.referenced].filter((digest) => !found.has(digest)).length;
  }

  checkGoal() {
    const { id, places, closing } = this.goal;
    if (!id) return;
    if (!closing) {
      this.found.claim = "The goal is not closed, so nothing says how many entries it has.";
      return;
    }
    const before = (place) => place >= closing.first && place <= closing.last;
    const beside = (place) => place > closing.last && place < this.goal.closedAt;
    const held = places.filter((place) => before(place) || beside(place)).length;
    const count = closing.count + (closing.beside ?? 0);
    if (held < count) {
      this.fault(`the entry that closes the goal counts ${count} entries, ${held} are here`);
    } else {
      this.found.claim = `The entry that closes the goal counts ${count} entries, and all of them are here.`;
    }
  }
}

function* digestsIn(said) {
  const pending = [said];
  while (pending.length) {
    const item = pending.pop();
    if (typeof item === "string") {
      if (DIGEST.test(item)) yield item;
    } else if (item !== null && typeof item === "object") {
      pending.push(...Object.values(item));
    }
  }
}
