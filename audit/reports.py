"""What a verification found, in words and as JSON; pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

MOST_FAULTS = 200


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was written.

    Attributes:
        index: the leaf where it shows first; -1 when it has no place in the tree.
        entry: entry_id if known.
        reason: what is wrong.
    """

    index: int
    entry: str
    reason: str

    def __str__(self) -> str:
        place = f"leaf {self.index}" if self.index >= 0 else "outside the tree"
        return f"{place}{f', entry {self.entry}' if self.entry else ''}: {self.reason}"


@dataclass
class Report:
    """The result of a verification: what was checked, and every fault up to a limit.

    Attributes:
        removed: leaves whose entries were dropped with their month.
        witnessed: entries of the largest tree that a witness remembers and that still holds.
    """

    size: int = 0
    entries: int = 0
    pending: int = 0
    checkpoints: int = 0
    tiles: int = 0
    payloads: int = 0
    removed: int = 0
    witnessed: int | None = None
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def add(self, index: int, entry: str, reason: str) -> None:
        """Add a fault."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(index, entry, reason))

    def first(self) -> Fault | None:
        """The fault with the lowest place in the tree; one without a place comes last."""
        return min(self.faults, key=lambda fault: (fault.index < 0, fault.index), default=None)

    def as_json(self) -> dict[str, Any]:
        """The report for machines."""
        first = self.first()
        return {
            **asdict(self),
            "sound": self.sound,
            "first": asdict(first) if first else None,
        }

    def __str__(self) -> str:
        checked = (
            f"{self.size} leaves, {self.entries} entries with every column, {self.tiles} tiles,"
            f" {self.checkpoints} checkpoints, {self.payloads} payloads,"
            f" {self.pending} not sealed yet{f', {self.removed} dropped' if self.removed else ''}"
        )
        first = self.first()
        if first is None:
            return "\n".join([f"sound: {checked}", *self.notes])
        told = [f"NOT SOUND: {len(self.faults)} faults; checked {checked}", f"first: {first}"]
        return "\n".join([*told, *(f"  {fault}" for fault in self.faults[:20]), *self.notes])
