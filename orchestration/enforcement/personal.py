"""Personal data on the way of a step: labelled as its tool's schema says, and never told in clear.

Whatever carries the label of a data subject is encrypted under that subject's key wherever it is
kept, and stands in digests by what cannot be guessed at once the subject is erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from audit import payloads
from audit.payloads import PreparedPayload
from audit.subjects import subject_of
from orchestration.enforcement.calls import Call
from orchestration.policy.labels import joined
from orchestration.policy.personal import (
    PERSONAL,
    STANDS_FOR,
    Place,
    label_of,
    marks,
    named_by,
    owned,
)
from orchestration.tools.contract import ToolSpec

Labels = dict[str, list[str]]


def with_marks(call: Call, spec: ToolSpec) -> Call:
    """The call with the labels of what its tool's schema says is personal."""
    found = _marked(spec.arguments, call.arguments, {"arguments": call.arguments})
    return replace(call, labels=joined(call.labels, found)) if found else call


def result_labels(spec: ToolSpec, call: Call, value: Any) -> Labels:
    """Labels that a tool puts on its result: its own on all of it, and what is personal in it."""
    documents = {"arguments": call.arguments, "result": value}
    whole = {"": sorted(spec.labels)} if spec.labels else {}
    return joined(whole, _marked(spec.result, value, documents))


def failure_labels(spec: ToolSpec, call: Call) -> Labels:
    """Labels of a tool's failure, whose message may repeat what the tool was given."""
    given = {label for labels in call.labels.values() for label in labels}
    found = sorted({label for label in given if label.startswith(PERSONAL)} | set(spec.labels))
    return {"message": found} if found else {}


def _marked(schema: Any, value: Any, documents: Mapping[str, Any]) -> Labels:
    found: dict[str, set[str]] = {}
    for place, mark in marks(schema, value):
        subject = subject_of(named_by(mark, place, value, documents))
        found.setdefault(_path(place), set()).update({PERSONAL, label_of(subject)})
    return {path: sorted(labels) for path, labels in found.items()}


def _path(place: Place) -> str:
    return ".".join(place)


def veiled(call: Call) -> Call:
    """The call with a digest in place of each personal argument, for the digest of the call."""
    subjects = owned(call.labels, call.arguments)
    if not subjects:
        return call
    values = dict(_at(call.arguments, pointer) for pointer in subjects)
    veils = {at: payloads.veil(values[at], owners) for at, owners in subjects.items()}
    return replace(call, veils=veils)


def without_personal(call: Call, text: str) -> str:
    """A text in which no personal argument of a call stands, for where nothing is erased."""
    found = dict(_at(call.arguments, pointer) for pointer in owned(call.labels, call.arguments))
    for value in sorted({str(one) for one in found.values()} - {""}, key=len, reverse=True):
        text = text.replace(value, STANDS_FOR)
    return text


def _at(value: Any, pointer: str) -> tuple[str, Any]:
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list | tuple) else value[name]
    return pointer, value


def sealed(value: Any, labels: Labels) -> PreparedPayload:
    """A value ready for the payload store, its personal leaves under their subjects' keys."""
    return payloads.prepare(value, personal=owned(labels, value))


def sealed_arguments(call: Call) -> PreparedPayload:
    """The arguments of a call as they are stored."""
    return sealed(call.bounded, call.labels)
