"""A decision of the past as it can be decided again: its request, and what policies said to it.

What a step came to is not always what policies said: budgets, obligations and people have a say as
well. Replay compares what policies said then with what they would say now.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from orchestration.errors import InvalidInput
from orchestration.policy.engine import BUILT_IN
from orchestration.policy.redaction import CONCEALED
from orchestration.policy.request import Request

ERASED = {"erased": True}
"""Stands in a stored request where a value was erased, or was never kept."""

_ALLOWED_FIRST = frozenset({"budget", "obligation"})
_HELD_FIRST = frozenset({"approval"})
_WHATEVER = frozenset({"contract"})


class Asked(NamedTuple):
    """An approval that was or would be asked for: by which rule, of which roles, of how many."""

    rule: str
    roles: str
    quorum: int


class Past(NamedTuple):
    """One decision of the past.

    Attributes:
        reference: the step. request: as first asked, None when it can't be read any more.
        effect: what policies said. asked: whom holds asked. partly: whether a value was erased.
        at: when it was first asked, ISO 8601; facts are counted up to it.
    """

    reference: str
    request: Request | None
    effect: str
    asked: tuple[Asked, ...] = ()
    partly: bool = False
    at: str = ""


def past_of(
    reference: str,
    considered: Mapping[str, Any],
    arguments: Any,
    *,
    partly: bool = False,
    at: str = "",
) -> Past | None:
    """The past decision of a stored decision input and the arguments kept apart from it.

    None for a call that no policy had a say in: it was no proper call, and stays denied. A step
    that people approved is taken as it was first asked, when it was held.
    """
    decision = considered["decision"]
    first = decision["reasons"][0] if decision["reasons"] else {}
    outside = first.get("rule", "") if first.get("policy") == BUILT_IN else ""
    if outside in _WHATEVER:
        return None
    effect = _said(decision["effect"], outside)
    values = dict(considered["request"])
    values["act"] = {**values["act"], "arguments": arguments}
    asked = _asked(decision["clauses"])
    if values.get("approvals"):
        effect, asked = "hold", asked or _granted(values["approvals"])
        values["approvals"] = []
    if any(duty["kind"] == "redact" for duty in decision["obligations"]):
        values["act"]["arguments"], partly = _unkept(arguments), True
    try:
        return Past(reference, Request.of_values(values), effect, asked, partly, at)
    except InvalidInput:
        return Past(reference, None, effect)


def _said(effect: str, outside: str) -> str:
    if outside in _ALLOWED_FIRST:
        return "allow"
    return "hold" if outside in _HELD_FIRST else effect


def _asked(clauses: Any) -> tuple[Asked, ...]:
    return tuple(
        Asked(f"{one['policy']}/{one['rule']}", "|".join(one["roles"]), int(one["quorum"]))
        for one in clauses
    )


def _granted(approvals: Any) -> tuple[Asked, ...]:
    return tuple(
        Asked(f"{met['policy']}/{met['rule']}", "|".join(met.get("roles", ())), len(set(one["by"])))
        for one in approvals
        for met in one["clauses"]
    )


def _unkept(value: Any) -> Any:
    """The arguments with a mark of erasure where a policy had a value hidden from the store."""
    if isinstance(value, dict):
        return {key: _unkept(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_unkept(one) for one in value]
    return ERASED if value == CONCEALED else value
