"""Decides stored requests again under another bundle. Pure, one decision at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from orchestration.errors import InvalidInput
from orchestration.policy.bundle import Bundle, Candidates
from orchestration.policy.engine import Outline, outline
from orchestration.policy.past import ERASED, Past
from orchestration.policy.request import Request
from orchestration.policy.scopes import place_of
from orchestration.policy.terms import Fact

CountFacts = Callable[[Past, Sequence[Fact]], Mapping[str, int]]
"""Counts facts as they were when a past decision was made; leaves out what can't be counted."""


class Kind(NamedTuple):
    """What changes are grouped by. `rule` is `policy/rule` of the new decision's first reason."""

    was: str
    now: str
    rule: str
    agent: str
    tool: str


class Again(NamedTuple):
    """A decision made anew; `outline` is None when it can't be made, and `why` says the reason."""

    past: Past
    kind: Kind
    outline: Outline | None
    why: str = ""


def replay(
    history: Iterable[Past], bundle: Bundle, count: CountFacts | None = None
) -> Iterator[Again]:
    """Each decision of a history made anew, in order; stop iterating to cancel.

    Facts that the bundle declares and the stored request lacks are counted by `count`; a decision
    that needs what was erased or can't be counted is undecidable, never allowed.
    """
    for past in history:
        yield _again(past, bundle, count)


def _again(past: Past, bundle: Bundle, count: CountFacts | None) -> Again:
    request = past.request
    if request is None:
        return Again(past, Kind(past.effect, "", "", "", ""), None, "unreadable")
    try:
        found = bundle.candidates(place_of(request))
        if past.partly and _needs_erased(request, found):
            return Again(past, _kind(past, request, None), None, "erased")
        missing = [one for one in found.facts if one.name not in request.facts]
        if missing:
            request = _counted(past, request, missing, count)
            if request is None:
                return Again(past, _kind(past, past.request, None), None, "fact not known")
        made = outline(request, bundle, found)
    except (InvalidInput, KeyError, TypeError, AttributeError):
        return Again(past, Kind(past.effect, "", "", "", ""), None, "unreadable")
    return Again(past, _kind(past, request, made), made)


def _counted(
    past: Past, request: Request, missing: Sequence[Fact], count: CountFacts | None
) -> Request | None:
    known = count(past, missing) if count is not None else {}
    if any(one.name not in known for one in missing):
        return None
    return replace(request, facts={**request.facts, **known}, _canonical=b"")


def _kind(past: Past, request: Request | None, made: Outline | None) -> Kind:
    agent = request.agent["name"] if request else ""
    tool = request.act["target"] if request else ""
    if made is None:
        return Kind(past.effect, "", "", agent, tool)
    return Kind(past.effect, made.effect, made.rule, agent, tool)


def _needs_erased(request: Request, found: Candidates) -> bool:
    """Whether a rule that applies reads a value which was erased, or one that holds it."""
    return any(
        _is_erased(request, path)
        for group in found.groups
        for path in group.paths
        if path[0] not in {"time", "facts"}
    )


def _is_erased(request: Request, path: tuple[str, ...]) -> bool:
    value: Any = request.sections()
    for part in path:
        if value == ERASED:
            return True
        if not isinstance(value, dict):
            return False
        value = value.get(part)
    return _holds_erased(value)


def _holds_erased(value: Any) -> bool:
    if value == ERASED:
        return True
    if isinstance(value, dict):
        return any(_holds_erased(one) for one in value.values())
    return isinstance(value, list) and any(_holds_erased(one) for one in value)
