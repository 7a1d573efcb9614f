"""Verifying the ledger in its database: everything derived again from the rows, and compared.

Reads one snapshot, so that it can run beside writers and the sealer. Entries are checked by
processes of their own; hashes come back here, where the tree is built again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.db import connection, transaction

from audit import keys
from audit.checkpoints import Stored, in_order, known_keys
from audit.dropping import Dropped, dropped
from audit.leaves import leaf_count, places, stored_hashes
from audit.notes import BadNote, Note, VerifierKey, cosigned_by, parse_head
from audit.range_check import gap
from audit.ranges import Chunk, checked_chunks
from audit.rebuilt import Claim, RebuiltTiles, Roots
from audit.reports import Report
from audit.stored import lowest_roots, payload_faults, pending_rows, repeated_ids, upper_tiles
from audit.tiles import WIDTH
from audit.trust import believed, signed_by_any

Progress = Callable[[int, int], None]
"""Told how many leaves are done, of how many."""

MOST_MISSING = 20


@dataclass(frozen=True)
class Asked:
    """What the reader wants verified, and against what.

    Attributes:
        key: the log's public key, which the reader brought.
        earlier: checkpoints the reader kept elsewhere; the log must continue each.
        witnesses: keys of witnesses the reader believes.
        processes: how many processes check entries; with none it is done in this one.
        progress: called as the work goes on.
    """

    key: VerifierKey
    earlier: Sequence[Note] = ()
    witnesses: Sequence[VerifierKey] = ()
    processes: int = 2
    progress: Progress | None = None


def verify(asked: Asked) -> Report:
    """Verify everything; what is wrong is in the report, never raised."""
    report = Report()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read")
        claims = _Signatures(report, asked).claims()
        gone = dropped()
        report.notes.extend([gone.said] if gone.said else [])
        _Entries(report, gone, dict(gone.writers or {})).check(asked, claims)
        report.payloads = payload_faults(report, gone.acts)
    return report


class _Signatures:
    """Who signed what, and what those signatures claim about the tree."""

    def __init__(self, report: Report, asked: Asked) -> None:
        known = [(one.verifier, one.endorsement) for one in known_keys()]
        self.report = report
        self.asked = asked
        self.trusted = believed(asked.key, known, keys.check)
        self.ever = [*self.trusted, *(verifier for verifier, _ in known)]

    def claims(self) -> list[Claim]:
        """Claims of stored checkpoints and of those kept elsewhere."""
        heads = in_order()
        self.report.checkpoints = len(heads)
        if not heads:
            self.report.notes.append("nothing has been sealed yet, so nothing is proven")
        claims = [self._stored(head, newest=head is heads[-1]) for head in heads]
        self._compare(heads)
        return claims + [claim for note in self.asked.earlier if (claim := self._kept(note))]

    def _compare(self, heads: Sequence[Stored]) -> None:
        """Hold checkpoints against each other: their order, their clock, one root for one size."""
        roots: dict[int, Stored] = {}
        for head in heads:
            other = roots.setdefault(head.size, head)
            if other.root != head.root:
                reason = f"checkpoints {other.id} and {head.id} give two roots for one size"
                self.report.add(max(head.size - 1, 0), "", reason)
        for before, after in pairwise(heads):
            if after.made_at < before.made_at:
                self.report.notes.append(
                    f"the clock was set back before checkpoint {after.id} was made"
                )
            if after.size < before.size:
                reason = f"checkpoint {after.id} is smaller than the one before it"
                self.report.add(after.size, "", reason)

    def _stored(self, head: Stored, *, newest: bool) -> Claim:
        reason = _signature_fault(head, self.trusted if newest else self.ever)
        if reason:
            self.report.add(max(head.size - 1, 0), "", f"checkpoint {head.id}: {reason}")
        return Claim(head.size, head.root, f"checkpoint {head.id}")

    def _kept(self, note: Note) -> Claim | None:
        by_witness = any(cosigned_by(note, key, keys.check) for key in self.asked.witnesses)
        if not by_witness and not signed_by_any(note, self.ever, keys.check):
            self.report.add(-1, "", "no key that this log had signed a checkpoint kept elsewhere")
            return None
        head = parse_head(note.text)
        source = "a checkpoint that a witness saw" if by_witness else "a checkpoint kept elsewhere"
        return Claim(head.size, head.root, source, kept=True)


def _signature_fault(head: Stored, allowed: Sequence[VerifierKey]) -> str:
    try:
        note = head.signed()
        said = parse_head(note.text)
    except BadNote as error:
        return str(error)
    if (said.size, said.root) != (head.size, head.root):
        return "its columns say another size or root than its signed note"
    return "" if signed_by_any(note, allowed, keys.check) else "no believed key signed it"


@dataclass
class _Entries:
    """Every entry, sealed or not, and the tree they make."""

    report: Report
    gone: Dropped
    numbers: dict[str, int]

    def check(self, asked: Asked, claims: Sequence[Claim]) -> None:
        """Check all entries, and the tree against the claims."""
        self.report.size = leaf_count()
        tiles = RebuiltTiles(self.report, upper_tiles())
        roots = Roots(self.report, claims)
        for chunk in checked_chunks(self.report.size, asked.processes):
            self._take(chunk)
            lowest = lowest_roots(chunk.start, chunk.end)
            held = stored_hashes(chunk.start, chunk.end)
            for start in range(chunk.start, chunk.end, WIDTH):
                place = start - chunk.start
                hashes = chunk.hashes[place : place + WIDTH]
                roots.extend(tiles.take(start, hashes, held, lowest.get(start // WIDTH)))
            if asked.progress:
                asked.progress(chunk.end, self.report.size)
        roots.finish()
        self._check_repeated()
        self._check_pending()

    def _take(self, chunk: Chunk) -> None:
        for index, entry, reason in chunk.faults:
            self.report.add(index, entry, reason)
        self.report.entries += len(chunk.hashes) - len(chunk.missing)
        missing = [index for index in chunk.missing if not self.gone.covers(index)]
        self.report.removed += len(chunk.missing) - len(missing)
        for index in missing[:MOST_MISSING]:
            self.report.add(index, "", "the entry is missing")
        for writer, (first, last, index) in chunk.writers.items():
            self._continue(writer, first, last, (index, ""))

    def _check_repeated(self) -> None:
        repeated = repeated_ids()
        found = places(entry for entry, _ in repeated)
        for entry, entry_id in repeated:
            reason = "another entry had this entry_id before"
            self.report.add(found.get(entry, -1), entry_id, reason)

    def _check_pending(self) -> None:
        for row in pending_rows():
            checked = row.checked
            self.report.pending += 1
            reasons = list(checked.faults)
            if row.overdue:
                reasons.append("no leaf holds it, although it should have been sealed")
            for reason in reasons:
                self.report.add(-1, checked.entry_id, reason)
            self._continue(checked.writer, checked.number, checked.number, (-1, checked.entry_id))

    def _continue(self, writer: str, first: int, last: int, place: tuple[int, str]) -> None:
        before = self.numbers.get(writer, 0)
        if first != before + 1:
            self.report.add(*place, gap(writer, before, first))
        self.numbers[writer] = last
