"""Which ports and passages are closed, as a value on the blackboard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.blueprints.freight.domain.ports import PORTS
from orchestration.errors import InvalidInput

PASSAGES = {
    "babalmandab": "Bab-el-Mandeb",
    "bosporus": "Bosporus",
    "gibraltar": "Strait of Gibraltar",
    "malacca": "Strait of Malacca",
    "ormuz": "Strait of Hormuz",
    "panama": "Panama Canal",
    "suez": "Suez Canal",
    "sunda": "Sunda Strait",
}
"""Passages that can close, by their name in the marine network."""

BOARD_KEY = "closures"
"""Blackboard key of all closures; each closed place also has a key `closures/<code>`."""


@dataclass(frozen=True)
class Closures:
    """Closed places: UN/LOCODEs of ports and names of passages."""

    ports: frozenset[str] = frozenset()
    passages: frozenset[str] = frozenset()

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Closures:
        """Read the blackboard value; nothing there means nothing is closed."""
        found = value or {}
        return cls(frozenset(found.get("ports", ())), frozenset(found.get("passages", ())))

    def to_json(self) -> dict[str, list[str]]:
        """The blackboard value, sorted so that equal closures are equal text."""
        return {"ports": sorted(self.ports), "passages": sorted(self.passages)}

    def touching(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Those of the given codes of ports and passages that are closed, sorted."""
        return tuple(sorted((self.ports | self.passages).intersection(codes)))

    def and_also(self, code: str) -> Closures:
        """These closures with one more place closed, given by `code_named`."""
        if code in PORTS:
            return Closures(self.ports | {code}, self.passages)
        return Closures(self.ports, self.passages | {code})


def code_named(name: str) -> str:
    """The port or passage that a person means: a code or a name, in any case.

    Raises InvalidInput when nothing, or more than one place, goes by that name.
    """
    wanted = name.strip().casefold()
    places = {code: port.name for code, port in PORTS.items()} | PASSAGES
    exact = [c for c, label in places.items() if wanted in (c.casefold(), label.casefold())]
    near = exact or [c for c, label in places.items() if wanted and wanted in label.casefold()]
    if len(near) == 1:
        return near[0]
    if near:
        meant = ", ".join(f"{places[code]} ({code})" for code in sorted(near))
        raise InvalidInput(f"{name!r} could be any of {meant}; give the code")
    known = ", ".join(sorted(PASSAGES))
    raise InvalidInput(f"no port or passage is called {name!r}; passages are {known}")


def label_of(code: str) -> str:
    """The name of a port or passage for people."""
    return PORTS[code].name if code in PORTS else PASSAGES.get(code, code)


def choices() -> tuple[tuple[str, str], ...]:
    """(code, name) of everything that can close: passages first, then ports, each by name."""
    passages = sorted(PASSAGES.items(), key=lambda pair: pair[1])
    ports = sorted(((code, port.name) for code, port in PORTS.items()), key=lambda pair: pair[1])
    return (*passages, *ports)
