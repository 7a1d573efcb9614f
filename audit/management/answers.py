"""What a sub-command of `manage.py ledger` answers, and the bar it shows while it works."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import Any, TextIO

from audit.entries import Actor

OPERATOR = Actor("system", "command-line", "Command line")
WIDTH = 30
EVERY_S = 0.1

Options = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """An answer: for people, for machines, and whether all is well."""

    text: str
    data: Any
    sound: bool = True


@dataclass
class Bar:
    """A bar on a terminal that grows with the work; nothing where nobody looks."""

    out: TextIO
    unit: str = "entries"
    _next: float = field(default=0.0)
    _length: int = field(default=0)

    def __call__(self, done: int, total: int) -> None:
        """Show how much is done; the last call takes the bar away."""
        if not self.out.isatty():
            return
        now = time.monotonic()
        if done >= total:
            self._show("")
        elif now >= self._next:
            self._next = now + EVERY_S
            full = WIDTH * done // max(total, 1)
            share = f"{100 * done // max(total, 1):3d} %"
            self._show(f"[{'#' * full}{'.' * (WIDTH - full)}] {share} of {total} {self.unit}")

    def _show(self, text: str) -> None:
        line = text[: os.get_terminal_size(self.out.fileno()).columns - 1] if text else ""
        self.out.write(f"\r{line.ljust(self._length)}" + ("" if line else "\r"))
        self.out.flush()
        self._length = len(line)
