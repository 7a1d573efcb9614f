"""Deciding: one pure function from a request and a bundle to a decision.

Deny wins over hold, hold over allow; what nothing allows is denied. A tool call without a grant is
denied, and a grant alone allows nothing. A condition that fails denies or holds, as its policy
says, and never allows. A hold that names no one able to approve denies. A clause that people have
met no longer holds. Rules in shadow are judged and change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from orchestration.policy.bundle import Bundle, Candidates
from orchestration.policy.decision import (
    Clause,
    Decision,
    Reason,
    RuleSeen,
    template_paths,
)
from orchestration.policy.judging import judge
from orchestration.policy.request import Request
from orchestration.policy.scopes import matches, place_of
from orchestration.policy.shown import Shown
from orchestration.policy.verdicts import Verdict

__all__ = ["BUILT_IN", "Decision", "decide", "granted"]

Outcome = Literal["allow", "hold", "deny"]

BUILT_IN = "signalbox"
"""Policy name of the reasons that come from the engine itself."""

NO_GRANT = ("grant", "the agent holds no grant for {act.target}")
NOTHING_ALLOWS = ("default", "no policy allows {act.name} on {act.target}")
NOBODY_ABLE = "nobody-able"
UNREADABLE = "unreadable"


class _Weighed(NamedTuple):
    """What decides: the effect, the rules that say so, and what the engine itself has against it.

    `unable` are holds that nobody could meet.
    """

    effect: Outcome
    deciding: Sequence[Verdict]
    unable: Sequence[Verdict] = ()
    ungranted: bool = False
    unallowed: bool = False


class Outline(NamedTuple):
    """The effect of a decision without its values: enough to count by, at half the price.

    Attributes:
        rule: `policy/rule` of the first reason. verdicts: what every rule that applies said.
        deciding: those of them that decided. clauses: what people must agree to, when held.
    """

    effect: Outcome
    rule: str
    verdicts: Sequence[Verdict]
    deciding: Sequence[Verdict]
    clauses: tuple[Clause, ...]


def decide(request: Request, bundle: Bundle) -> Decision:
    """Decide one request under one bundle. Never raises for anything a policy or value does."""
    verdicts = judge(bundle.candidates(place_of(request)), request)
    enforced = [one for one in verdicts if not one.shadow]
    shadow = [one for one in verdicts if one.shadow]
    may_ask = granted(request)
    shown = Shown(request)
    weighed = _weigh(enforced, request, may_ask=may_ask)
    return Decision(
        effect=weighed.effect,
        reasons=_reasons(weighed, shown, bundle.fault),
        obligations=tuple(duty for one in enforced for duty in one.duties),
        clauses=_clauses(weighed),
        rules_seen=tuple(_record(one, shown) for one in enforced),
        shadow=tuple(_record(one, shown) for one in shadow),
        shadow_effect=_weigh(verdicts, request, may_ask=may_ask).effect
        if shadow
        else weighed.effect,
        bundle=bundle.number,
        bundle_hash=bundle.hash,
        errors=tuple("/".join(one.order) + ": " + one.error for one in verdicts if one.error),
    )


def outline(request: Request, bundle: Bundle, found: Candidates | None = None) -> Outline:
    """What `decide` would say, without the values it saw; the effect is always the same.

    `found` are the candidates of the request's place, for a caller that has looked them up.
    """
    verdicts = judge(found or bundle.candidates(place_of(request)), request)
    enforced = [one for one in verdicts if not one.shadow]
    weighed = _weigh(enforced, request, may_ask=granted(request))
    return Outline(
        weighed.effect, _first(weighed, bundle.fault), verdicts, weighed.deciding, _clauses(weighed)
    )


def granted(request: Request) -> bool:
    """Whether the agent may ask for this at all; only tool calls need a grant."""
    act = request.act
    return act["name"] != "tool.call" or matches(tuple(request.agent["grants"]), act["target"])


def _weigh(verdicts: Sequence[Verdict], request: Request, *, may_ask: bool) -> _Weighed:
    denies = [one for one in verdicts if one.effect == "deny"]
    allows = [one for one in verdicts if one.effect == "allow"]
    holds = [one for one in verdicts if one.effect == "hold" and not _is_met(one, request)]
    unable = [one for one in holds if not _someone_able(one, request)]
    if denies or unable or not may_ask or not allows:
        unallowed = not (denies or unable or allows) and may_ask
        return _Weighed("deny", denies, unable, not may_ask, unallowed)
    return _Weighed("hold", holds) if holds else _Weighed("allow", allows)


def _reasons(weighed: _Weighed, shown: Shown, fault: str) -> tuple[Reason, ...]:
    if fault:
        return (Reason(BUILT_IN, UNREADABLE, "deny", fault, {}),)
    found = [one.reason_for(shown) for one in weighed.deciding]
    found += [_nobody_able(one) for one in weighed.unable]
    if weighed.ungranted:
        found.append(_built_in(*NO_GRANT, shown))
    if weighed.unallowed:
        found.append(_built_in(*NOTHING_ALLOWS, shown))
    return tuple(found)


def _first(weighed: _Weighed, fault: str) -> str:
    """The rule of the first reason, as `_reasons` orders them."""
    if fault:
        return f"{BUILT_IN}/{UNREADABLE}"
    if weighed.deciding:
        return "/".join(weighed.deciding[0].order)
    if weighed.unable:
        return f"{BUILT_IN}/{NOBODY_ABLE}"
    return f"{BUILT_IN}/{NO_GRANT[0] if weighed.ungranted else NOTHING_ALLOWS[0]}"


def _clauses(weighed: _Weighed) -> tuple[Clause, ...]:
    if weighed.effect != "hold":
        return ()
    return tuple(one.clause for one in weighed.deciding if one.clause)


def _is_met(verdict: Verdict, request: Request) -> bool:
    """Whether people agreed to this clause for exactly this call, enough of them and in role."""
    clause, digest = verdict.clause, request.act.get("digest")
    if clause is None or not digest:
        return False
    return any(
        one["digest"] == digest
        and len(set(one["by"])) >= clause.quorum
        and any(
            met["policy"] == clause.policy
            and met["rule"] == clause.rule
            and set(met.get("roles", clause.roles)) <= set(clause.roles)
            for met in one["clauses"]
        )
        for one in request.approvals
    )


def _someone_able(verdict: Verdict, request: Request) -> bool:
    counts, clause = request.facts.get("approvers"), verdict.clause
    if clause is None or not isinstance(counts, dict):
        return False
    able = [counts.get(role, 0) for role in set(clause.roles)]
    return sum(one for one in able if isinstance(one, int)) >= clause.quorum


def _nobody_able(verdict: Verdict) -> Reason:
    clause = verdict.clause
    people = f"{clause.quorum} of {', '.join(clause.roles)}" if clause else "people"
    template = f"{verdict.order[0]} asks {people} to agree, and there are not so many"
    return Reason(BUILT_IN, NOBODY_ABLE, "deny", template, {})


def _built_in(rule: str, template: str, shown: Shown) -> Reason:
    return Reason(BUILT_IN, rule, "deny", template, shown.at(template_paths(template)))


def _record(verdict: Verdict, shown: Shown) -> RuleSeen:
    met = verdict.effect == "hold" and _is_met(verdict, shown.request)
    return verdict.record_for(shown, met=met)
