"""Checks an evidence bundle, or a receipt: `python verify.py FILE --key KEY`.

Needs Python and nothing else: no package, no database, no network. The key must come from you, by a
way that does not pass through whoever gave you the bundle: a key found inside proves nothing.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from audit.merkle import Frontier, is_included, leaf_hash
from audit.notes import (
    BadNote,
    Note,
    TreeHead,
    VerifierKey,
    cosigned_by,
    parse_head,
    parse_key,
    parse_note,
    parse_proof,
)
from audit.proof_lines import Proofs
from audit.receipts import Receipt, parse_receipt
from audit.trust import believed, signed_by_any

FORMAT = "signalbox-evidence/1"
MANIFEST, CHECKPOINT, ENTRIES = "manifest.json", "checkpoint.txt", "entries.jsonl"
PAYLOADS, KEYS, PROOFS = "payloads.jsonl", "keys.json", "proofs.jsonl"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

READ_BYTES = 1 << 20


@dataclass
class Findings:
    """What was checked and what is wrong."""

    entries: int = 0
    removed: int = 0
    payloads: int = 0
    absent_payloads: int = 0
    witnesses: list[str] = field(default_factory=list)
    checkpoint: str = ""
    complete: bool = False
    goal: str = ""
    receipts: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def add(self, fault: str) -> None:
        """Remember a fault."""
        self.faults.append(fault)

    def __str__(self) -> str:
        if self.faults:
            told = [f"NOT SOUND: {len(self.faults)} faults", f"first: {self.faults[0]}"]
            return "\n".join([*told, *(f"  {fault}" for fault in self.faults[1:20])])
        if not self.checkpoint:
            return f"SOUND: {'; '.join(self.receipts)}"
        scope = "the whole ledger" if self.complete else "each entry stands in the ledger"
        seen = ", ".join(self.witnesses) or "none that you named"
        return (
            f"SOUND: {scope}; {self.entries} entries, {self.payloads} payloads"
            f" ({self.absent_payloads} not included)\ncheckpoint: {self.checkpoint}\n"
            f"witnesses: {seen}{self._beside()}"
        )

    def _beside(self) -> str:
        removed = f"\n{self.removed} entries whose text was removed" if self.removed else ""
        goal = f"\ngoal: {self.goal}" if self.goal else ""
        return removed + goal + "".join(f"\nreceipt: {said}" for said in self.receipts)


class Receipts:
    """Whether the entries of receipts, which the reader brought, are in a bundle."""

    def __init__(self, receipts: Sequence[Receipt]) -> None:
        self.receipts = receipts
        self.wanted = {receipt.leaf for receipt in receipts}
        self.found: set[bytes] = set()
        self.newest = ""

    def take(self, leaf: bytes, said: Any) -> None:
        """Note an entry; `said` is its body, or None where only its hash is here."""
        if leaf in self.wanted:
            self.found.add(leaf)
        if said is not None:
            self.newest = max(self.newest, _stamped(said, "at", 0))

    def judge(self, key: VerifierKey, head: TreeHead, findings: Findings) -> None:
        """Say of each receipt whether what it shows is here."""
        for receipt in self.receipts:
            name = f"entry {receipt.entry_id}"
            proven = receipt.head()
            wrong = receipt.faults(key)
            if wrong:
                findings.add(f"{name}: its receipt is not good: {'; '.join(wrong)}")
            elif receipt.leaf in self.found:
                findings.receipts.append(f"{name} is here as its receipt says")
            elif not findings.complete:
                findings.receipts.append(f"{name} is not in this selection, which proves nothing")
            elif proven.size > head.size if proven else receipt.recorded_at > self.newest:
                findings.receipts.append(f"{name} is younger than this bundle")
            else:
                findings.add(f"{name}: there is a receipt for it, and the ledger does not hold it")


class GoalCount:
    """Whether all entries of a goal are here: the entry that closes it says how many it has."""

    def __init__(self, goal: str) -> None:
        self.goal = goal
        self.places: list[int] = []
        self.closing: dict[str, int] | None = None
        self.closed_at = 0

    def take(self, said: Any) -> None:
        """Count an entry if it is the goal's."""
        if said.get("goal") != self.goal:
            return
        self.places.append(int(_stamped(said, "id", 1)))
        if said["kind"] == "goal.closed":
            self.closing, self.closed_at = said["data"]["entries"], self.places[-1]

    def judge(self, findings: Findings) -> None:
        """Say whether entries are missing."""
        if not self.goal:
            return
        if self.closing is None:
            findings.goal = "not closed, so nothing says how many entries it has"
            return
        first, last, count = (self.closing[name] for name in ("first", "last", "count"))
        held = sum(first <= place <= last for place in self.places)
        count += self.closing.get("beside", 0)
        held += sum(last < place < self.closed_at for place in self.places)
        if held < count:
            findings.add(f"the entry that closes the goal counts {count} entries, {held} are here")
        else:
            findings.goal = f"closed with {count} entries before that, and all of them are here"


def _stamped(said: Any, name: str, place: int) -> str:
    """What the database stamped on an entry; the stamp begins its body."""
    stamp = said["_"]
    return str(stamp[name] if isinstance(stamp, dict) else stamp[place])


class Bundle:
    """An evidence bundle, and what a reader believes about keys."""

    def __init__(
        self,
        archive: zipfile.ZipFile,
        key: VerifierKey,
        witnesses: Sequence[VerifierKey] = (),
        *,
        quorum: int | None = None,
        receipts: Sequence[Receipt] = (),
    ) -> None:
        self.archive = archive
        self.key = key
        self.witnesses = witnesses
        self.quorum = len(witnesses) if quorum is None else quorum
        self.receipts = Receipts(receipts)
        self.findings = Findings()
        self.goal = GoalCount("")
        self.dropped: list[tuple[int, int]] = []

    def check(self) -> Findings:
        """Check everything in the bundle."""
        try:
            manifest = self._json(MANIFEST)
            self._check_files(manifest["files"])
            note = parse_note(self._text(CHECKPOINT))
            head = self._check_checkpoint(note)
            self.findings.complete = bool(manifest["complete"])
            self.goal = GoalCount(manifest.get("goal", ""))
            referenced = self._check_entries(head, note)
            self._check_payloads(referenced)
            self.goal.judge(self.findings)
            self.receipts.judge(self.key, head, self.findings)
            if manifest["format"] != FORMAT:
                self.findings.add(f"this is no bundle of format {FORMAT}")
            if self.findings.entries != manifest["entries"]:
                self.findings.add(f"the manifest promises {manifest['entries']} entries")
        except (BadNote, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
            self.findings.add(f"the bundle cannot be read: {error}")
        return self.findings

    def _check_files(self, promised: dict[str, str]) -> None:
        names = self.archive.namelist()
        for name in sorted(set(names)):
            if names.count(name) > 1:
                self.findings.add(f"{name} is in the bundle twice")
        for name in sorted(set(promised) - set(names)):
            self.findings.add(f"{name} is missing")
        for name in sorted(set(names) - {MANIFEST}):
            if name not in promised:
                self.findings.add(f"{name} is not in the manifest")
            elif self._digest(name) != promised[name]:
                self.findings.add(f"{name} was changed after the manifest was written")

    def _check_checkpoint(self, note: Note) -> TreeHead:
        head = parse_head(note.text)
        known = [(parse_key(one["key"]), one["endorsement"]) for one in self._json(KEYS)]
        if not signed_by_any(note, believed(self.key, known)):
            self.findings.add("the checkpoint is not signed by the key you gave, nor a successor")
        silent = [witness.name for witness in self.witnesses if not cosigned_by(note, witness)]
        seen = [witness.name for witness in self.witnesses if witness.name not in silent]
        self.findings.witnesses.extend(seen)
        if len(seen) < self.quorum:
            names = ", ".join(silent) or "nobody else"
            self.findings.add(
                f"{len(seen)} witnesses of {self.quorum} cosigned the checkpoint; {names} did not"
            )
        self.findings.checkpoint = f"{head.origin}, {head.size} entries, root {head.root.hex()}"
        return head

    def _check_entries(self, head: TreeHead, note: Note) -> set[str]:
        frontier, last, referenced, absent = Frontier(), -1, set[str](), list[int]()
        proofs = Proofs(iter(()) if self.findings.complete else self._lines(PROOFS))
        for number, line in enumerate(self._lines(ENTRIES), start=1):
            index, body = line["index"], line.get("body")
            leaf = bytes.fromhex(line["leaf"]) if body is None else leaf_hash(body.encode())
            if index <= last:
                self.findings.add(f"line {number} of {ENTRIES}: leaf {index} after leaf {last}")
            last = index
            if self.findings.complete:
                frontier.add(leaf)
            else:
                self._check_proof(index, leaf, head, note, proofs.of(index))
            self.findings.entries += 1
            said = None if body is None else json.loads(body)
            self.receipts.take(leaf, said)
            if said is None:
                absent.append(index)
            else:
                referenced.update(self._take(said))
        self._check_absent(absent)
        if proofs.unused():
            self.findings.add(f"{proofs.skipped} proofs belong to no entry here")
        if self.findings.complete and (frontier.size, frontier.root()) != (head.size, head.root):
            self.findings.add(
                f"the {frontier.size} entries do not lead to the root signed for {head.size}"
            )
        return referenced

    def _take(self, said: Any) -> set[str]:
        """Note what an entry says of other entries; the payload digests it mentions."""
        self.goal.take(said)
        if said["kind"] == "month.dropped":
            self.dropped = [(first, last) for first, last in said["data"]["leaves"]]
        return set(digests(said))

    def _check_absent(self, absent: list[int]) -> None:
        """An entry may be a mere hash if a later entry says that its month was dropped."""
        self.findings.removed = len(absent)
        for index in absent:
            if not any(first <= index <= last for first, last in self.dropped):
                self.findings.add(
                    f"leaf {index}: only its hash is here and no entry says that it was dropped"
                )

    def _check_proof(
        self, index: int, leaf: bytes, head: TreeHead, note: Note, text: str | None
    ) -> None:
        if text is None:
            self.findings.add(f"leaf {index}: it has no proof")
            return
        proof = parse_proof(text)
        if parse_note(proof.checkpoint).text != note.text:
            self.findings.add(f"leaf {index}: its proof is about another checkpoint")
        if proof.index != index:
            self.findings.add(f"leaf {index}: its proof is about leaf {proof.index}")
        if not is_included(leaf, index, head.size, proof.hashes, head.root):
            self.findings.add(f"leaf {index}: the entry is not what was sealed there")

    def _check_payloads(self, referenced: set[str]) -> None:
        found = set()
        for line in self._lines(PAYLOADS):
            digest = line["digest"]
            found.add(digest)
            derived = sha256(bytes.fromhex(line["salt"]) + line["body"].encode()).hexdigest()
            if f"sha256:{derived}" != digest:
                self.findings.add(f"payload {digest} does not match its digest")
            if digest not in referenced:
                self.findings.add(f"payload {digest} belongs to no entry here")
        self.findings.payloads = len(found)
        self.findings.absent_payloads = len(referenced - found)

    def _digest(self, name: str) -> str:
        digest = sha256()
        with self.archive.open(name) as file:
            while part := file.read(READ_BYTES):
                digest.update(part)
        return digest.hexdigest()

    def _text(self, name: str) -> str:
        return self.archive.read(name).decode()

    def _json(self, name: str) -> Any:
        return json.loads(self._text(name))

    def _lines(self, name: str) -> Iterator[Any]:
        with self.archive.open(name) as file:
            for line in file:
                yield json.loads(line)


def digests(said: Any) -> Iterator[str]:
    """Every payload digest that an entry's body mentions."""
    pending = [said]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, str) and _DIGEST.fullmatch(item):
            yield item


def check_receipt(receipt: Receipt, key: VerifierKey) -> Findings:
    """Check a receipt by itself: what it shows, and that it was signed for."""
    findings = Findings(faults=receipt.faults(key))
    head = receipt.head()
    if head and receipt.proof:
        place = f"stands at leaf {receipt.proof.index} of {head.size} in {receipt.origin}"
        findings.receipts.append(f"entry {receipt.entry_id} {place}, root {head.root.hex()}")
    else:
        said = f"{receipt.origin} promised on {receipt.recorded_at} to hold it; ask for its proof"
        findings.receipts.append(f"entry {receipt.entry_id}: {said}")
    return findings


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="verify", description="Check a bundle or a receipt.")
    parser.add_argument("file", help="the bundle, or a receipt")
    parser.add_argument(
        "--key", required=True, help="the ledger's public key, from a source you trust"
    )
    parser.add_argument("--witness", action="append", default=[], help="a witness's public key")
    parser.add_argument("--quorum", type=int, help="how many of these must have cosigned; all")
    parser.add_argument(
        "--receipt", action="append", default=[], help="a receipt whose entry must be in the bundle"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser.parse_args(given)


def _checked(given: argparse.Namespace) -> Findings:
    key = parse_key(given.key)
    receipts = [parse_receipt(_text_of(name)) for name in given.receipt]
    if not zipfile.is_zipfile(given.file):
        return check_receipt(parse_receipt(_text_of(given.file)), key)
    witnesses = [parse_key(text) for text in given.witness]
    with zipfile.ZipFile(given.file) as archive:
        return Bundle(archive, key, witnesses, quorum=given.quorum, receipts=receipts).check()


def _text_of(name: str) -> str:
    return Path(name).read_text("utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the file named on the command line; 0 sound, 1 not sound, 2 unreadable."""
    given = _arguments(arguments)
    try:
        findings = _checked(given)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        sys.stderr.write(f"{given.file}: {error}\n")
        return 2
    sys.stdout.write(json.dumps(vars(findings)) if given.json else str(findings))
    sys.stdout.write("\n")
    return 1 if findings.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
