"""Labels travel with data: which labels and which origin each leaf of a call's arguments has.

A leaf equal to a leaf of something the attempt was given takes that leaf's labels and origin. A
leaf that matches nothing takes the union of all labels seen so far, because it may have been made
from any of it. That untrusted data steers which call is made, unseen, is a limit of this method.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = Any
"""A JSON value: dict, list, str, int, float, bool or None."""

Labels = Mapping[str, Sequence[str]]
"""Labels by dotted path of a leaf or of what holds it; the empty path stands for all."""

LIMIT_LEAVES = 20_000
"""Leaves remembered for one attempt; later ones count only towards the union."""

SHORTEST_VEILED = 3
"""Characters of a text that is looked for in other texts; shorter ones stand in every word."""

OWNER = "personal:"
"""How a label begins that says whose a leaf is."""

MOST_OWNERS = 8
"""People whose a text may be that an attempt made after it was given data of all of them."""

ERASED = {"erased": True}
"""Stands where a value was erased; one leaf, though it has the form of an object."""


class Seen:
    """What an attempt has been given so far, by leaf. Grows only; the order changes nothing but
    the origin named for a leaf that several sources hold, which is the first."""

    def __init__(self) -> None:
        self._leaves: dict[tuple[str, Json], tuple[frozenset[str], str]] = {}
        self._all: set[str] = set()

    def add(self, value: Json, labels: Labels, origin: str) -> None:
        """Remember a value with its labels; `origin` is a short text naming where it came from."""
        for found in labels.values():
            self._all.update(found)
        for path, leaf in leaves(value):
            own = frozenset(labels_at(labels, path))
            key = _key(leaf)
            known = self._leaves.get(key)
            if known is not None:
                self._leaves[key] = (known[0] | own, known[1])
            elif len(self._leaves) < LIMIT_LEAVES:
                self._leaves[key] = (own, origin)

    def know(self, value: Json, labels: Labels, origin: str) -> None:
        """Remember labels of leaves that the attempt made itself; nothing was given to it."""
        given = set(self._all)
        self.add(value, labels, origin)
        self._all = given

    def veil(self, text: str, label: str, instead: str) -> str:
        """A text in which leaves that carry a label are replaced, longer ones first."""
        known = [
            leaf
            for (kind, leaf), (labels, _) in self._leaves.items()
            if kind == "text" and label in labels and len(leaf) >= SHORTEST_VEILED
        ]
        for leaf in sorted(known, key=len, reverse=True):
            text = text.replace(leaf, instead)
        return text

    def endorse(self, value: Json, label: str) -> None:
        """Take one label off every leaf of a value that somebody vouched for.

        The label stays in the union, so that what matches nothing is still suspected.
        """
        for _, leaf in leaves(value):
            key = _key(leaf)
            found, origin = self._leaves.get(key, (frozenset(self._all), "endorsed"))
            self._leaves[key] = (found - {label}, origin)

    def trace(self, value: Json) -> tuple[dict[str, list[str]], dict[str, str]]:
        """Labels and origin by leaf path of a value that the agent is about to use.

        Leaves without labels are left out of the first, leaves of no known origin out of the
        second. An empty list or object is a leaf too.
        """
        labels: dict[str, list[str]] = {}
        origins: dict[str, str] = {}
        for path, leaf in leaves(value):
            known = self._leaves.get(_key(leaf))
            found = self._union_for(leaf) if known is None else known[0]
            if found:
                labels[path] = sorted(found)
            if known is not None:
                origins[path] = known[1]
        return labels, origins

    def _union_for(self, leaf: Json) -> set[str]:
        """Labels of a leaf that matches nothing: all that were seen.

        Whose it may be is told of texts only. Of many people it is told of those whose data stand
        in it, since it can hardly be everybody's.
        """
        owners = {label for label in self._all if label.startswith(OWNER)}
        rest = self._all - owners
        if not owners or not isinstance(leaf, str):
            return rest
        return rest | (owners if len(owners) <= MOST_OWNERS else self._standing_in(leaf))

    def _standing_in(self, text: str) -> set[str]:
        """The owners of personal texts that stand in a text."""
        folded = text.casefold()
        return {
            label
            for (kind, leaf), (labels, _) in self._leaves.items()
            if kind == "text" and len(leaf) >= SHORTEST_VEILED
            for label in labels
            if label.startswith(OWNER) and leaf.casefold() in folded
        }


def leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """The leaves of a JSON value with their dotted paths; an empty list or object is a leaf."""
    pending: list[tuple[str, Json]] = [(path, value)]
    while pending:
        at, one = pending.pop()
        inner = _inner(one)
        if not inner:
            yield at, one
            continue
        pending.extend((f"{at}.{name}" if at else name, held) for name, held in reversed(inner))


def labels_at(labels: Labels, path: str) -> set[str]:
    """The labels of a leaf: its own and those of everything that holds it."""
    found = set(labels.get("", ())) | set(labels.get(path, ()))
    for at, character in enumerate(path):
        if character == ".":
            found.update(labels.get(path[:at], ()))
    return found


def under(labels: Labels, path: str) -> dict[str, list[str]]:
    """Labels of a value, told from what holds it at a dotted path."""
    return {f"{path}.{at}" if at else path: list(names) for at, names in labels.items()}


def below(labels: Labels, path: str) -> dict[str, list[str]]:
    """Labels of what stands at a dotted path, told from there; those of all that holds it count."""
    found: dict[str, set[str]] = {}
    for at, names in labels.items():
        if not at or at == path or path.startswith(f"{at}."):
            found.setdefault("", set()).update(names)
        elif at.startswith(f"{path}."):
            found.setdefault(at[len(path) + 1 :], set()).update(names)
    return {at: sorted(names) for at, names in found.items()}


def joined(*several: Labels) -> dict[str, list[str]]:
    """Labels of one value from several sources."""
    found: dict[str, set[str]] = {}
    for labels in several:
        for at, names in labels.items():
            found.setdefault(at, set()).update(names)
    return {at: sorted(names) for at, names in found.items()}


def _inner(value: Json) -> list[tuple[str, Json]]:
    if value == ERASED:
        return []
    if isinstance(value, Mapping):
        return [(str(key), held) for key, held in value.items()]
    if isinstance(value, list | tuple):
        return [(str(at), held) for at, held in enumerate(value)]
    return []


def _key(leaf: Json) -> tuple[str, Json]:
    """What makes leaves equal: numbers by value, everything else by type and value."""
    if isinstance(leaf, bool) or leaf is None:
        return ("constant", leaf)
    if isinstance(leaf, int | float):
        return ("number", leaf)
    if isinstance(leaf, str):
        return ("text", leaf)
    return ("empty", type(leaf).__name__)
