"""Typed getters over a located tree that collect every problem instead of stopping at the first."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from orchestration.policy.fields import closest
from orchestration.policy.source import Located, Problem

NAME = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*")
GLOB = re.compile(r"[A-Za-z0-9_.*/:-]+")
_DURATION = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")
LIMIT_NAME = 120
LIMIT_TEXT = 1_000


class Reader:
    """Reads parts of one policy; after reading, `problems` holds all that was wrong."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def fault(self, at: Located, message: str) -> None:
        """Note a problem at a place."""
        self.problems.append(at.problem(message))

    def mapping(
        self, at: Located, known: Collection[str], required: Collection[str] = ()
    ) -> dict[str, Located]:
        """The entries of a mapping; unknown and missing keys are problems."""
        if not isinstance(at.value, dict):
            self.fault(at, "a mapping of names to values belongs here")
            return {}
        for key, value in at.value.items():
            if key not in known:
                self.fault(value, f"unknown key {key!r}{closest(key, known)}")
        for key in required:
            if key not in at.value:
                self.fault(at, f"{key} is missing")
        return {key: value for key, value in at.value.items() if key in known}

    def items(self, at: Located | None) -> list[Located]:
        """The items of a list; nothing is an empty list."""
        if at is None:
            return []
        if not isinstance(at.value, list):
            self.fault(at, "a list belongs here")
            return []
        return list(at.value)

    def text(self, at: Located | None, default: str = "") -> str:
        """A text of at most LIMIT_TEXT characters."""
        if at is None:
            return default
        if not isinstance(at.value, str):
            self.fault(at, "a text belongs here")
            return default
        if len(at.value) > LIMIT_TEXT:
            self.fault(at, f"a text has at most {LIMIT_TEXT} characters")
        return at.value

    def name(self, at: Located | None) -> str:
        """A name: lower-case ASCII words joined by `.`, `-` or `_`."""
        value = self.text(at)
        if at is not None and (not NAME.fullmatch(value) or len(value) > LIMIT_NAME):
            self.fault(at, f"{value!r} is not a name: use a-z, 0-9 and . - _ between them")
        return value

    def choice(self, at: Located | None, known: Collection[str], default: str) -> str:
        """One of the known words."""
        value = self.text(at, default)
        if at is not None and value not in known:
            hint = closest(value, known)
            self.fault(at, f"{value!r} is none of {', '.join(sorted(known))}{hint}")
            return default
        return value

    def whole(self, at: Located | None, default: int, least: int = 0) -> int:
        """A whole number, not below `least`."""
        if at is None:
            return default
        value = at.value
        if not isinstance(value, int) or isinstance(value, bool):
            self.fault(at, "a whole number belongs here")
            return default
        if value < least:
            self.fault(at, f"at least {least} belongs here")
            return default
        return value

    def globs(self, at: Located | None) -> tuple[str, ...]:
        """A list of names in which `*` stands for any run of characters."""
        return self._each(
            at, GLOB, "is not a name or glob of ASCII letters, digits and . _ - / : *"
        )

    def names(self, at: Located | None) -> tuple[str, ...]:
        """A list of names."""
        return self._each(at, NAME, "is not a name: use a-z, 0-9 and . - _ between them")

    def _each(self, at: Located | None, form: re.Pattern[str], message: str) -> tuple[str, ...]:
        found = []
        for item in self.items(at):
            value = item.value
            if isinstance(value, str) and form.fullmatch(value) and len(value) <= LIMIT_NAME:
                found.append(value)
            else:
                self.fault(item, f"{value!r} {message}")
        if at is not None and not found and isinstance(at.value, list):
            self.fault(at, "at least one name belongs here")
        return tuple(sorted(set(found)))

    def seconds(self, at: Located | None, default: int) -> int:
        """A span of time such as `15m` or `1h30m`, in seconds."""
        value: Any = at.value if at is not None else ""
        if at is None:
            return default
        match = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if not value or match is None:
            self.fault(at, f"{value!r} is not a span of time; write 15m, 1h30m or 2d")
            return default
        days, hours, minutes, seconds = (int(one or 0) for one in match.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
