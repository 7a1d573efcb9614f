"""Reading the proofs of a bundle beside its entries, in one pass; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Proofs:
    """The proofs of a selection: one JSON object a line, in the order of their leaves."""

    def __init__(self, lines: Iterator[Any]) -> None:
        self._lines = lines
        self._next = next(lines, None)
        self.skipped = 0

    def of(self, index: int) -> str | None:
        """The proof of a leaf; None if there is none. Ask in the order of the leaves."""
        while self._next is not None and self._next["index"] < index:
            self._skip()
        if self._next is None or self._next["index"] != index:
            return None
        text: str = self._next["proof"]
        self._next = next(self._lines, None)
        return text

    def unused(self) -> int:
        """How many proofs nothing asked for; ends the reading."""
        while self._next is not None:
            self._skip()
        return self.skipped

    def _skip(self) -> None:
        self.skipped += 1
        self._next = next(self._lines, None)
