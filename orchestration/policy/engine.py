"""Deciding: one pure function from a request and a bundle to a decision.

Deny wins over hold, hold over allow; what nothing allows is denied. A tool call without a grant is
denied, and a grant alone allows nothing. A condition that fails denies or holds, as its policy
says, and never allows. A hold that names no one able to approve denies. A clause that people have
met no longer holds. Rules in shadow are judged and change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from orchestration.policy.bundle import Bundle
from orchestration.policy.decision import (
    Clause,
    Decision,
    Duty,
    Reason,
    RuleSeen,
    template_paths,
    values_at,
)
from orchestration.policy.request import Request
from orchestration.policy.scopes import matches, place_of
from orchestration.policy.verdicts import Verdict, judge

__all__ = ["BUILT_IN", "Decision", "decide", "granted"]

Outcome = Literal["allow", "hold", "deny"]

BUILT_IN = "signalbox"
"""Policy name of the reasons that come from the engine itself."""

NO_GRANT = ("grant", "the agent holds no grant for {act.target}")
NOTHING_ALLOWS = ("default", "no policy allows {act.name} on {act.target}")
NOBODY_ABLE = "nobody-able"


class _Weighed(NamedTuple):
    effect: Outcome
    reasons: tuple[Reason, ...]
    clauses: tuple[Clause, ...]


def decide(request: Request, bundle: Bundle) -> Decision:
    """Decide one request under one bundle. Never raises for anything a policy or value does."""
    verdicts = judge(bundle.candidates(place_of(request)), request)
    enforced = [one for one in verdicts if one.policy.mode == "enforce"]
    shadow = [one for one in verdicts if one.policy.mode == "shadow"]
    weighed = _weigh(enforced, request)
    return Decision(
        effect=weighed.effect,
        reasons=weighed.reasons,
        obligations=_duties(enforced),
        clauses=weighed.clauses,
        rules_seen=tuple(_seen(one, request) for one in enforced),
        shadow=tuple(_seen(one, request) for one in shadow),
        shadow_effect=_weigh(verdicts, request).effect if shadow else weighed.effect,
        bundle=bundle.number,
        bundle_hash=bundle.hash,
        errors=tuple(f"{one.policy.key}/{one.rule}: {one.error}" for one in verdicts if one.error),
    )


def granted(request: Request) -> bool:
    """Whether the agent may ask for this at all; only tool calls need a grant."""
    act = request.act
    return act["name"] != "tool.call" or matches(tuple(request.agent["grants"]), act["target"])


def _weigh(verdicts: Sequence[Verdict], request: Request) -> _Weighed:
    denies = [_reason(one, request) for one in verdicts if one.effect == "deny"]
    allows = [_reason(one, request) for one in verdicts if one.effect == "allow"]
    holds = [one for one in verdicts if one.effect == "hold" and not _is_met(one, request)]
    denies += [_nobody_able(one) for one in holds if not _someone_able(one, request)]
    if not granted(request):
        denies.append(_built_in(*NO_GRANT, request))
    if not denies and not allows:
        denies.append(_built_in(*NOTHING_ALLOWS, request))
    if denies:
        return _Weighed("deny", tuple(denies), ())
    if holds:
        reasons = tuple(_reason(one, request) for one in holds)
        return _Weighed("hold", reasons, tuple(_clause(one) for one in holds))
    return _Weighed("allow", tuple(allows), ())


def _is_met(verdict: Verdict, request: Request) -> bool:
    """Whether people agreed to this clause for exactly this call, enough of them and in role."""
    asked, digest = verdict.approval, request.act.get("digest")
    if asked is None or not digest:
        return False
    return any(
        one["digest"] == digest
        and len(set(one["by"])) >= asked.quorum
        and any(
            met["policy"] == verdict.policy.key
            and met["rule"] == verdict.rule
            and set(met.get("roles", asked.roles)) <= set(asked.roles)
            for met in one["clauses"]
        )
        for one in request.approvals
    )


def _someone_able(verdict: Verdict, request: Request) -> bool:
    counts = request.facts.get("approvers")
    if verdict.approval is None or not isinstance(counts, dict):
        return False
    able = [counts.get(role, 0) for role in set(verdict.approval.roles)]
    return sum(one for one in able if isinstance(one, int)) >= verdict.approval.quorum


def _clause(verdict: Verdict) -> Clause:
    asked = verdict.approval
    if asked is None:
        raise AssertionError("a hold that asks nobody is denied before it becomes a clause")
    return Clause(
        verdict.policy.key,
        verdict.rule,
        asked.roles,
        asked.quorum,
        asked.expires_s,
        asked.escalate,
    )


def _reason(verdict: Verdict, request: Request) -> Reason:
    return Reason(
        verdict.policy.key,
        verdict.rule,
        verdict.effect,
        verdict.template or verdict.policy.title,
        values_at(request, verdict.named),
    )


def _nobody_able(verdict: Verdict) -> Reason:
    asked = verdict.approval
    people = f"{asked.quorum} of {', '.join(asked.roles)}" if asked else "people"
    template = f"{verdict.policy.key} asks {people} to agree, and there are not so many"
    return Reason(BUILT_IN, NOBODY_ABLE, "deny", template, {})


def _built_in(rule: str, template: str, request: Request) -> Reason:
    return Reason(BUILT_IN, rule, "deny", template, values_at(request, template_paths(template)))


def _seen(verdict: Verdict, request: Request) -> RuleSeen:
    met = verdict.effect == "hold" and _is_met(verdict, request)
    values = values_at(request, verdict.seen)
    return RuleSeen(
        verdict.policy.key,
        verdict.rule,
        verdict.effect,
        "satisfied" if met else verdict.result,
        values,
        verdict.error,
    )


def _duties(verdicts: Sequence[Verdict]) -> tuple[Duty, ...]:
    return tuple(
        Duty(duty.kind, duty.value, verdict.policy.key, verdict.rule)
        for verdict in verdicts
        for duty in verdict.obligations
    )
