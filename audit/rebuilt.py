"""The tree built again from the bodies of entries, held against tiles and signed roots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.merkle import Frontier
from audit.range_check import UNKNOWN
from audit.reports import Report
from audit.tiles import HEIGHT, WIDTH, Edge, Tile


class RebuiltTiles:
    """Tiles derived from leaf hashes, compared with those stored."""

    def __init__(self, report: Report, upper: Mapping[tuple[int, int], Tile]) -> None:
        self.report = report
        self.edge = Edge()
        self._upper = upper

    def take(
        self, start: int, hashes: Sequence[bytes], held: Mapping[int, bytes], root: bytes | None
    ) -> list[bytes]:
        """The hashes of up to one tile; where an entry is missing, what its leaf says it was.

        `held` are the hashes stored in leaves, by index; `root` is that of the stored tile.
        """
        self.report.tiles += len(hashes) == WIDTH
        known = self._compare(start, hashes, held)
        for tile in self.edge.extend(known):
            stored = root if tile.level == 0 else self._upper.get((tile.level, tile.number))
            if stored != (tile.root if tile.level == 0 else tile):
                self._judge(tile, "missing" if stored is None else "changed")
        return known

    def _judge(self, tile: Tile, state: str) -> None:
        """Blame the tile, unless a fault among its leaves explains the difference."""
        first = tile.number << (HEIGHT * (tile.level + 1))
        last = first + (1 << (HEIGHT * (tile.level + 1)))
        if not any(first <= fault.index < last for fault in self.report.faults):
            self.report.add(first, "", f"tile {tile.level}/{tile.number} is {state}")

    def _compare(
        self, start: int, hashes: Sequence[bytes], held: Mapping[int, bytes]
    ) -> list[bytes]:
        known = []
        for index, derived in enumerate(hashes, start=start):
            kept = held.get(index, derived)
            known.append(kept if derived == UNKNOWN else derived)
            if derived not in (kept, UNKNOWN):
                self.report.add(index, "", "the entry is not the one its tile holds")
        return known


@dataclass(frozen=True)
class Claim:
    """That the tree of a size had a root, and who says so; `kept` if it was kept elsewhere."""

    size: int
    root: bytes
    source: str
    kept: bool = False


class Roots:
    """Roots of the growing tree, held against what checkpoints claim."""

    def __init__(self, report: Report, claims: Sequence[Claim]) -> None:
        self.report = report
        self._frontier = Frontier()
        self._claims = sorted(claims, key=lambda claim: claim.size)
        self._next = 0
        self._sound_to = {True: 0, False: 0}
        self._broken = False
        self._compare()

    def extend(self, hashes: Sequence[bytes]) -> None:
        """Add leaves, comparing at every size that somebody claimed."""
        for leaf in hashes:
            self._frontier.add(leaf)
            if self._wanted() == self._frontier.size:
                self._compare()

    def finish(self) -> None:
        """Claims about a larger tree than there is, and leaves that nobody signed."""
        size = self._frontier.size
        for claim in self._claims[self._next :]:
            self.report.add(size, "", f"{claim.source} covers {claim.size} leaves; {size} are left")
        signed = max((claim.size for claim in self._claims if not claim.kept), default=0)
        if size > signed:
            self.report.add(signed, "", f"no checkpoint covers the leaves from {signed} on")
        self._check_kept()

    def _wanted(self) -> int:
        return self._claims[self._next].size if self._next < len(self._claims) else -1

    def _compare(self) -> None:
        root = self._frontier.root() if self._wanted() == self._frontier.size else b""
        while self._wanted() == self._frontier.size:
            claim = self._claims[self._next]
            self._next += 1
            if claim.root == root:
                self._sound_to[claim.kept] = claim.size
            elif not self._known_fault(claim):
                self._blame(claim)

    def _blame(self, claim: Claim) -> None:
        """Say between which leaves the tree is not as it was claimed to be.

        What was kept elsewhere is not narrowed by what is stored here, which may be forged.
        """
        last = max(claim.size - 1, 0)
        first = min(self._sound_to[claim.kept], last)
        reason = f"the tree does not lead to the root of {claim.source}"
        self.report.add(first, "", f"{reason}: a leaf from {first} to {last} is another")

    def _known_fault(self, claim: Claim) -> bool:
        """Whether a fault below the claim explains it; a claim kept elsewhere always speaks."""
        if claim.kept:
            return False
        return any(0 <= fault.index < claim.size for fault in self.report.faults)

    def _check_kept(self) -> None:
        stored = {claim.size for claim in self._claims if not claim.kept}
        for claim in self._claims:
            if claim.kept and claim.size not in stored:
                gone = f"{claim.source} was signed at size {claim.size} and is no longer stored"
                self.report.add(max(claim.size - 1, 0), "", gone)
