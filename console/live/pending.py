"""What a page has not been told yet: the last news of each subject, within a bound. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from audit.following import News

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

    def add(self, news: Iterable[News], *, complete: bool = True) -> None:
        """Take in news; what was known of the same subjects is replaced."""
        for item in news:
            key = (item.subject_kind, item.subject_id)
            if key not in self._subjects and len(self._subjects) >= MOST:
                self.flooded = True
            else:
                self._subjects[key] = item
        self.flooded |= not complete

    @property
    def news(self) -> list[News]:
        """The last news of each subject."""
        return list(self._subjects.values())

    def __bool__(self) -> bool:
        return bool(self._subjects) or self.flooded or self.sealed
