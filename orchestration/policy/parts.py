"""Reads the smaller parts of a policy: scope, approval, facts, limits, windows, obligations."""

from __future__ import annotations

import re
from typing import cast
from zoneinfo import ZoneInfo, available_timezones

from orchestration.policy.fields import variable_of
from orchestration.policy.reader import Reader
from orchestration.policy.source import Located
from orchestration.policy.terms import (
    OBLIGATIONS,
    ApprovalTerms,
    Fact,
    Limit,
    Obligation,
    Outcome,
    PerKind,
    Principle,
    Scope,
    Window,
)

EFFECTS = ("read", "write", "irreversible", "internal")
RISKS = ("low", "medium", "high")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OUTCOMES = ("done", "failed")
PER = ("agent", "tool", "goal", "unit", "task")
LONGEST_PRINCIPLE = 400
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
SIDES = ("acts", "tools", "targets", "units", "agents", "roles", "capabilities")


def read_scope(reader: Reader, at: Located | None) -> Scope:
    """Where a policy applies."""
    if at is None:
        return Scope()
    parts = reader.mapping(at, (*SIDES, "effects", "risks"))
    effects = _words(reader, parts.get("effects"), EFFECTS)
    risks = _words(reader, parts.get("risks"), RISKS)
    sides = {side: reader.globs(parts[side]) for side in SIDES if side in parts}
    return Scope(**sides, effects=effects, risks=risks)


def read_approval(reader: Reader, at: Located | None) -> ApprovalTerms | None:
    """Who may agree to a held step."""
    if at is None:
        return None
    parts = reader.mapping(at, ("from", "quorum", "expires", "escalate"), ("from",))
    escalate = reader.names(parts["escalate"]) if "escalate" in parts else ()
    expires = reader.seconds(parts.get("expires"), 900)
    if "expires" in parts and expires < 1:
        reader.fault(parts["expires"], "an approval needs some time")
    quorum = reader.whole(parts.get("quorum"), 1, least=1)
    return ApprovalTerms(reader.names(parts.get("from")), quorum, expires, escalate)


def read_obligations(reader: Reader, at: Located | None) -> tuple[Obligation, ...]:
    """A list of obligations, each one kind with its value."""
    found = []
    for item in reader.items(at):
        for kind, value in reader.mapping(item, OBLIGATIONS).items():
            found.append(Obligation(kind, _duty_value(reader, kind, value)))
    return tuple(found)


def _duty_value(reader: Reader, kind: str, at: Located) -> object:
    if kind == "redact":
        return list(reader.globs(at))
    if kind == "notify":
        return list(reader.names(at))
    if kind == "throttle":
        parts = reader.mapping(at, ("per_minute",), ("per_minute",))
        return {"per_minute": reader.whole(parts.get("per_minute"), 1, least=1)}
    if kind == "require-compensation":
        if at.value is not True:
            reader.fault(at, "write true")
        return True
    return reader.text(at) if kind == "warn" else reader.name(at)


def read_facts(reader: Reader, at: Located | None) -> tuple[Fact, ...]:
    """Declared counts and sums."""
    if at is None:
        return ()
    if not isinstance(at.value, dict):
        reader.fault(at, "a mapping of fact names belongs here")
        return ()
    return tuple(_fact(reader, name, one) for name, one in at.value.items())


def _fact(reader: Reader, name: str, at: Located) -> Fact:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
        reader.fault(at, f"{name!r} is not a fact name: use a-z, 0-9 and _")
    parts = reader.mapping(at, ("count", "sum", "of", "per", "window"))
    if ("count" in parts) == ("sum" in parts):
        reader.fault(at, "a fact has either count or sum")
    counted = parts.get("count") or parts.get("of")
    sides = ("acts", "tools", "outcome")
    which = reader.mapping(counted, sides) if counted is not None else {}
    path = reader.text(parts.get("sum"))
    if path and path != "act.cost_minor" and not path.startswith("act.arguments."):
        reader.fault(parts["sum"], "sum act.cost_minor or a path such as act.arguments.amount")
    return Fact(
        name,
        "sum" if "sum" in parts else "count",
        path,
        reader.globs(which.get("acts")),
        reader.globs(which.get("tools")),
        per=cast(PerKind, reader.choice(parts.get("per"), PER, "agent")),
        window_s=reader.seconds(parts.get("window"), 0),
        outcome=cast(Outcome, reader.choice(which.get("outcome"), OUTCOMES, "")),
    )


def read_limits(reader: Reader, at: Located | None, facts: frozenset[str]) -> tuple[Limit, ...]:
    """Boundaries on declared facts."""
    return tuple(_limit(reader, one, facts) for one in reader.items(at))


def _limit(reader: Reader, at: Located, facts: frozenset[str]) -> Limit:
    known = ("name", "fact", "at_most", "warn_at", "add", "effect", "approval")
    parts = reader.mapping(at, known, ("name", "fact", "at_most"))
    fact = reader.text(parts.get("fact"))
    if "fact" in parts and fact not in facts:
        reader.fault(parts["fact"], f"no fact {fact} is declared in this policy")
    at_most = reader.whole(parts.get("at_most"), 0)
    warn_at = reader.whole(parts["warn_at"], 0) if "warn_at" in parts else None
    if warn_at is not None and warn_at > at_most:
        reader.fault(parts["warn_at"], "a warning comes before the boundary, not after it")
    return Limit(
        reader.name(parts.get("name")),
        fact,
        at_most,
        warn_at,
        _added(reader, parts.get("add")),
        "hold"
        if reader.choice(parts.get("effect"), ("deny", "hold"), "deny") == "hold"
        else "deny",
        read_approval(reader, parts.get("approval")),
        line=at.line,
    )


def _added(reader: Reader, at: Located | None) -> int | tuple[str, ...]:
    if at is None or isinstance(at.value, int):
        return reader.whole(at, 1)
    path = tuple(reader.text(at).split("."))
    if variable_of(path) is None:
        reader.fault(at, f"{at.value!r} is no field; add a number or a path")
    return path


def read_principles(reader: Reader, at: Located | None) -> tuple[Principle, ...]:
    """Short texts that agents carry."""
    found = tuple(_principle(reader, one) for one in reader.items(at))
    keys = [one.key for one in found]
    for key in sorted({one for one in keys if keys.count(one) > 1}):
        reader.fault(at or Located(None, 1, 1, ""), f"two principles are called {key}")
    return found


def _principle(reader: Reader, at: Located) -> Principle:
    parts = reader.mapping(at, ("key", "text", "enforced_by"), ("key", "text"))
    enforced = reader.names(parts["enforced_by"]) if "enforced_by" in parts else ()
    text = reader.text(parts.get("text"))
    if len(text) > LONGEST_PRINCIPLE:
        reader.fault(parts["text"], f"a principle has at most {LONGEST_PRINCIPLE} characters")
    return Principle(reader.name(parts.get("key")), text, enforced)


def read_window(reader: Reader, at: Located | None) -> Window | None:
    """When a policy applies."""
    if at is None:
        return None
    parts = reader.mapping(at, ("days", "from", "to", "zone"))
    days = _words(reader, parts["days"], DAYS) if "days" in parts else DAYS
    zone = reader.text(parts.get("zone"), "UTC")
    if zone not in available_timezones():
        reader.fault(parts.get("zone", at), f"{zone!r} is no time zone; write one as Europe/Oslo")
        zone = "UTC"
    start = _clock(reader, parts.get("from"), 0)
    end = _clock(reader, parts.get("to"), 1440)
    numbers = tuple(sorted(DAYS.index(day) + 1 for day in days))
    return Window(numbers, start, end, ZoneInfo(zone).key)


def _clock(reader: Reader, at: Located | None, default: int) -> int:
    match = _CLOCK.fullmatch(reader.text(at)) if at is not None else None
    if match is None:
        if at is not None:
            reader.fault(at, "write a time of day in quotes, as '08:30'")
        return default
    return min(int(match[1]) * 60 + int(match[2]), 1440)


def _words(reader: Reader, at: Located | None, known: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({reader.choice(item, known, known[0]) for item in reader.items(at)}))
