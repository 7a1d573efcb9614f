"""Personal data by label: which leaves of a value belong to which people, told by schema and label.

A tool's schema marks a leaf `"personal": true`, and the leaf itself names its data subject, or
`"personal": "/arguments/to"`, and what stands there names them (`*` in it is the place in a list
that the leaf has). Such a leaf carries the label `personal` and one for each subject,
`personal:<id>`; labels travel with data, so whatever is made from it carries them too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orchestration.policy.labels import OWNER, Labels, labels_at

Json = Any
"""A JSON value: dict, list, str, int, float, bool or None."""

Place = tuple[str, ...]
"""The names and positions that lead to a part of a JSON value."""

PERSONAL = "personal"
STANDS_FOR = "[personal]"
"""Stands in a text for a personal value."""

DOCUMENTS = ("arguments", "result")
"""What a schema's mark may point into."""


def label_of(subject: str) -> str:
    """The label of what belongs to this subject, an opaque id."""
    return f"{OWNER}{subject}"


def is_about_people(label: str) -> bool:
    """Whether a label says that something is personal, or whose it is."""
    return label == PERSONAL or label.startswith(OWNER)


def without_subjects(labels: Iterable[str]) -> list[str]:
    """Labels as people read them: that something is personal, not whose id it goes by."""
    return sorted({label for label in labels if not label.startswith(OWNER)})


def subjects_in(labels: Iterable[str]) -> tuple[str, ...]:
    """The subjects that these labels name."""
    return tuple(sorted({one.removeprefix(OWNER) for one in labels if one.startswith(OWNER)}))


def only_personal(labels: Labels) -> dict[str, list[str]]:
    """Of labels by path those about people."""
    found = {path: [one for one in names if is_about_people(one)] for path, names in labels.items()}
    return {path: names for path, names in found.items() if names}


def owned(labels: Labels, value: Json, within: str = "") -> dict[str, tuple[str, ...]]:
    """The subjects of each personal leaf of a value, by JSON pointer, for the payload store.

    `within` goes before each pointer: where the value stands in what is stored. Constants and
    empty lists say nothing about anybody and are left out.
    """
    if not any(is_about_people(label) for names in labels.values() for label in names):
        return {}
    found = {}
    for place, leaf in _leaves(value):
        subjects = subjects_in(labels_at(labels, ".".join(place)))
        if subjects and not (leaf is None or isinstance(leaf, bool | dict | list | tuple)):
            found[within + "".join(f"/{_escaped(part)}" for part in place)] = subjects
    return found


def _leaves(value: Json, place: Place = ()) -> Iterator[tuple[Place, Json]]:
    parts = _parts(value)
    if not parts:
        yield place, value
    for name, part in parts:
        yield from _leaves(part, (*place, name))


def _parts(value: Json) -> list[tuple[str, Json]]:
    if isinstance(value, Mapping):
        return [(str(name), part) for name, part in value.items()]
    if isinstance(value, list | tuple):
        return [(str(at), part) for at, part in enumerate(value)]
    return []


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def marks(schema: Json, value: Json, root: Json = None) -> Iterator[tuple[Place, Any]]:
    """Places of a value that its schema marks personal, each with the mark."""
    yield from _marks(schema, value, (), schema if root is None else root, 0)


DEEPEST = 64
"""How deep schemas may refer to one another; deeper ones are malformed or endless."""


def _marks(
    schema: Json, value: Json, place: Place, root: Json, depth: int
) -> Iterator[tuple[Place, Any]]:
    if not isinstance(schema, Mapping) or depth > DEEPEST:
        return
    if schema.get(PERSONAL):
        yield place, schema[PERSONAL]
    for inner in _same_value(schema, root):
        yield from _marks(inner, value, place, root, depth + 1)
    for name, part in _parts(value):
        for inner in _of_part(schema, value, name):
            yield from _marks(inner, part, (*place, name), root, depth + 1)


def _same_value(schema: Mapping[str, Json], root: Json) -> Iterator[Json]:
    """Schemas that speak of the same value."""
    for word in ("allOf", "anyOf", "oneOf"):
        yield from schema.get(word, ())
    for word in ("if", "then", "else"):
        yield schema.get(word)
    reference = schema.get("$ref", "")
    if reference.startswith("#"):
        yield _at(root, reference[1:])


def _of_part(schema: Mapping[str, Json], value: Json, name: str) -> Iterator[Json]:
    """Schemas that speak of a part of the value."""
    if isinstance(value, Mapping):
        known = schema.get("properties", {})
        yield known[name] if name in known else schema.get("additionalProperties")
        return
    ahead = schema.get("prefixItems", [])
    yield ahead[int(name)] if int(name) < len(ahead) else schema.get("items")


def named_by(mark: Any, place: Place, value: Json, documents: Mapping[str, Json]) -> str:
    """The text that names the data subject of a marked place; what stands there names itself
    when the mark points nowhere.
    """
    own = _at_place(value, place)
    if isinstance(mark, str):
        positions = iter([part for part in place if part.isdecimal()])
        parts = [next(positions, part) if part == "*" else part for part in mark[1:].split("/")]
        named = _at_place(documents, tuple(parts))
        own = own if named is None else named
    return str(own).strip().casefold()


def _at(value: Json, pointer: str) -> Json:
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    return _at_place(value, tuple(parts))


def _at_place(value: Json, place: Place) -> Json:
    for part in place:
        value = dict(_parts(value)).get(part)
    return value


def faults_of(schema: Json) -> list[str]:
    """What is wrong with the marks of a schema, as sentences."""
    found = []
    pending = [schema]
    while pending:
        one = pending.pop()
        if isinstance(one, Mapping):
            mark = one.get(PERSONAL)
            if not (isinstance(mark, bool | Mapping) or mark is None or _is_pointer(mark)):
                found.append(
                    f"personal: {mark!r} is neither true nor a place such as /arguments/to"
                )
            pending.extend(one.values())
        elif isinstance(one, list):
            pending.extend(one)
    return found


def _is_pointer(mark: Any) -> bool:
    return isinstance(mark, str) and any(mark.startswith(f"/{name}/") for name in DOCUMENTS)
