"""Policies in words: where a policy applies, what each rule does, and what follows from a match."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.policy.phrases import in_words
from orchestration.policy.terms import (
    OBLIGATIONS,
    ApprovalTerms,
    Limit,
    Obligation,
    Policy,
    Rule,
    Scope,
    Window,
)

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ACTS = {
    "tool.call": "call a tool",
    "model.call": "call a model",
    "board.read": "read the blackboard",
    "board.post": "write to the blackboard",
    "message.send": "send a message",
    "task.ask": "ask a peer",
    "task.add": "add tasks",
    "result.publish": "publish a result",
    "label.endorse": "have a label taken off a value",
    "journal.value": "record a value",
}
_EVERY_WEEK = 7
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


@dataclass(frozen=True)
class RuleReading:
    """One rule in words, with the line it begins on."""

    name: str
    effect: str
    text: str
    line: int


@dataclass(frozen=True)
class Reading:
    """A policy in words."""

    where: str
    rules: tuple[RuleReading, ...]
    follows: str


def reading(policy: Policy) -> Reading:
    """What a policy means, as sentences."""
    rules = [
        RuleReading(one.name, one.effect, _rule(one, policy), one.line) for one in policy.rules
    ]
    rules += [
        RuleReading(one.name, one.effect, _limit(one, policy), one.line) for one in policy.limits
    ]
    follows = _duties(policy.obligations)
    return Reading(_where(policy), tuple(rules), f"Each match {follows}." if follows else "")


def _where(policy: Policy) -> str:
    when = _window(policy.during) if policy.during is not None else ""
    failing = "holds" if policy.on_error == "hold" else "denies"
    said = (
        f"Whenever {_scope(policy.scope)}{when}."
        f" A condition that can't be computed {failing} the step."
    )
    return (
        f"{said} In shadow: it is watched and changes nothing." if policy.mode == "shadow" else said
    )


def _scope(scope: Scope) -> str:
    who = f"agents {_agents(scope)}" if _agents(scope) else "an agent"
    acts = [_ACTS.get(one, one) for one in scope.acts] or ["act"]
    if scope.tools:
        acts = [f"call {_either(scope.tools)}"]
    said = f"{who} would {_either(acts)}"
    if scope.targets:
        said += f" on {_either(scope.targets)}"
    if scope.effects:
        said += f", where the effect is {_either(scope.effects)}"
    return said


def _agents(scope: Scope) -> str:
    parts = []
    if scope.agents:
        parts.append(f"named {_either(scope.agents)}")
    if scope.roles:
        parts.append(f"in the role of {_either(scope.roles)}")
    if scope.capabilities:
        parts.append(f"able to do {_either(scope.capabilities)}")
    if scope.risks:
        parts.append(f"in the risk class {_either(scope.risks)}")
    if scope.units:
        units = [one.removesuffix("/**") for one in scope.units]
        parts.append(f"in {_either(units)} and the units below")
    return ", ".join(parts)


def _window(window: Window) -> str:
    days = [_DAYS[day - 1] for day in window.days]
    on = "" if len(days) == _EVERY_WEEK else f" on {_either(days)}"
    if window.end - window.start == _DAY // _MINUTE:
        return on
    return f"{on}, between {_clock(window.start)} and {_clock(window.end)} ({window.zone})"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _rule(rule: Rule, policy: Policy) -> str:
    condition = in_words(rule.when) if rule.when else ""
    when = "" if condition in ("", "always") else f"If {condition}, "
    duties = _duties(rule.obligations)
    if rule.effect == "oblige":
        return _sentence(f"{when}the match {duties or 'is only noted'}")
    said = {
        "allow": "the step is allowed, unless another rule holds or denies it",
        "deny": "the step is denied",
        "hold": _held(rule.approval or policy.asks()),
    }[rule.effect]
    return _sentence(f"{when}{said}") + (f" It {duties}." if duties else "")


def _limit(limit: Limit, policy: Policy) -> str:
    fact = limit.fact.replace("_", " ")
    then = "the step is denied"
    if limit.effect == "hold":
        then = _held(limit.approval or policy.asks())
    said = _sentence(f"if {fact} would rise over {limit.at_most:,}, {then}")
    if limit.warn_at is None:
        return said
    return f"{said} From {limit.warn_at:,} on, the agent and the operator are warned."


def _held(asked: ApprovalTerms | None) -> str:
    if asked is None:
        return "the step is held"
    people = f"{asked.quorum} different people" if asked.quorum > 1 else "one person"
    roles = _either(asked.roles)
    told = f" and {_either(asked.escalate)} is told" if asked.escalate else ""
    after = f"undecided after {span(asked.expires_s)}, it is denied{told}"
    return f"the step waits for {people} with the role {roles}; {after}"


def _duties(duties: tuple[Obligation, ...]) -> str:
    return " and ".join(f"{OBLIGATIONS[one.kind]} ({_value(one)})" for one in duties)


def _value(duty: Obligation) -> str:
    if isinstance(duty.value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in duty.value.items())
    return _either(duty.value) if isinstance(duty.value, list | tuple) else str(duty.value)


def span(seconds: int) -> str:
    """A span of time in words, such as `1 h 30 min`."""
    parts = []
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"


def _either(words: tuple[str, ...] | list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
