"""What a page has not been told yet: the last news of each subject, within a bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from audit.following import News
from audit.reading import is_visible

MOST = 2000
"""Subjects kept; beyond them only that much changed is known, and the page fetches all of it."""


@dataclass
class Pending:
    """News waiting to be sent, coalesced.

    Attributes:
        flooded: more changed than is kept.
        sealed: a checkpoint was made.
    """

    flooded: bool = False
    sealed: bool = False
    _subjects: dict[tuple[str, str], News] = field(default_factory=dict)
    _entries: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, news: Iterable[News], *, complete: bool = True) -> None:
        """Take in news; what was known of the same subjects is replaced."""
        for item in news:
            self._entries[(item.scope, item.subject_kind)] += 1
            key = (item.subject_kind, item.subject_id)
            if key not in self._subjects and len(self._subjects) >= MOST:
                self.flooded = True
            else:
                self._subjects[key] = item
        self.flooded |= not complete

    def follow(self, newer: Pending) -> None:
        """Take in what came after everything that is here."""
        entries = self._entries + newer._entries
        self.add(newer.news, complete=not newer.flooded)
        self._entries = entries
        self.sealed |= newer.sealed

    def held(self, scopes: Sequence[str]) -> int:
        """How many entries wait that a reader of these units may see, each counted once."""
        counted = self._entries.items()
        return sum(n for (scope, kind), n in counted if is_visible(scopes, scope, kind))

    @property
    def news(self) -> list[News]:
        """The last news of each subject."""
        return list(self._subjects.values())

    def __bool__(self) -> bool:
        return bool(self._subjects) or self.flooded or self.sealed
