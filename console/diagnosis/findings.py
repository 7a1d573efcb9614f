"""What a probe found: fine, worth knowing, or wrong, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    FINE = "fine"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    id: str
    """Stays the same for ever, so that it can be looked up: `doctor.database`."""
    level: Level
    says: str
    mend: str = ""
    """What to do; empty when all is well."""


Probe = Callable[[], Iterable[Finding]]


def fine(id: str, says: str) -> Finding:  # noqa: A002 - the field's own name
    """All is well."""
    return Finding(id, Level.FINE, says)


def warning(id: str, says: str, mend: str) -> Finding:  # noqa: A002
    """Works, but somebody should know."""
    return Finding(id, Level.WARNING, says, mend)


def wrong(id: str, says: str, mend: str) -> Finding:  # noqa: A002
    """Does not work, or is not safe."""
    return Finding(id, Level.WRONG, says, mend)


def expect(found: bool, finding: Finding, otherwise: Finding) -> Finding:
    """One finding if something is so, the other if not."""
    return finding if found else otherwise
