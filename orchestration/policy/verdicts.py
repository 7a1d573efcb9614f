"""Judging: what each rule and limit that applies in a place says to a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeGuard

from orchestration.policy.bundle import Candidates, Chunk, Entry, Group
from orchestration.policy.conditions import Activation, activation, evaluate
from orchestration.policy.request import Request
from orchestration.policy.terms import ApprovalTerms, Limit, Obligation, Policy, Rule
from orchestration.policy.windows import within

Path = tuple[str, ...]

FAILED_TEMPLATE = "a condition could not be evaluated, so nothing is allowed by it"


class Verdict(NamedTuple):
    """What one rule says. A failed one has the effect that its policy's `on_error` names.

    Attributes:
        seen: paths its condition read. named: paths its template names.
        approval: whom a hold asks. error: why it failed.
    """

    policy: Policy
    rule: str
    effect: str
    result: Literal["matched", "failed"]
    template: str
    seen: tuple[Path, ...]
    named: tuple[Path, ...]
    approval: ApprovalTerms | None
    obligations: tuple[Obligation, ...]
    error: str


def judge(found: Candidates, request: Request) -> list[Verdict]:
    """What every rule that applies says, by policy and rule."""
    values = activation(request, found.variables)
    verdicts = [one for group in found.groups for one in _group(group, request, values)]
    verdicts.sort(key=lambda one: (one.policy.key, one.rule))
    return verdicts


def _group(group: Group, request: Request, values: Activation) -> Iterator[Verdict]:
    if group.during is not None:
        try:
            if not within(group.during, request.at):
                return
        except ValueError as error:
            for policy in group.policies:
                yield _failed(policy, None, "during", (("time", "at"),), str(error))
            return
    for chunk in group.chunks:
        yield from _chunk(chunk, values)
    for policy, limit in group.limits:
        verdict = _limit(policy, limit, request)
        if verdict is not None:
            yield verdict


def _chunk(chunk: Chunk, values: Activation) -> Iterator[Verdict]:
    if chunk.clearing is not None and evaluate(chunk.clearing, values) is False:
        return
    for entry in chunk.entries:
        answer = True if entry.condition is None else evaluate(entry.condition, values)
        if answer is True:
            yield _matched(entry)
        elif answer is not False:
            yield _failed(entry.policy, entry.rule, entry.rule.name, entry.seen, str(answer))


def _matched(entry: Entry) -> Verdict:
    rule, policy = entry.rule, entry.policy
    return Verdict(
        policy,
        rule.name,
        rule.effect,
        "matched",
        rule.reason,
        entry.seen,
        entry.named,
        rule.approval or policy.asks(),
        rule.obligations + policy.obligations,
        "",
    )


def _failed(
    policy: Policy, rule: Rule | None, name: str, seen: tuple[Path, ...], error: str
) -> Verdict:
    asked = (rule.approval if rule is not None else None) or policy.asks()
    return Verdict(
        policy, name, policy.on_error, "failed", FAILED_TEMPLATE, seen, (), asked, (), error
    )


def _limit(policy: Policy, limit: Limit, request: Request) -> Verdict | None:
    seen: tuple[Path, ...] = (("facts", limit.fact),)
    if isinstance(limit.add, tuple):
        seen = (*seen, limit.add)
    so_far = request.facts.get(limit.fact)
    adds = limit.add if isinstance(limit.add, int) else request.lookup(limit.add)
    if not _whole(so_far) or not _whole(adds):
        error = f"{limit.fact} or what is added to it is not a whole number"
        return _failed(policy, None, limit.name, seen, error)
    after = so_far + adds
    duty = {"fact": limit.fact, "at_most": limit.at_most, "add": adds}
    if after > limit.at_most:
        text = f"{{facts.{limit.fact}}} so far; with this one it would be over {limit.at_most}"
        asked = limit.approval or policy.asks()
        return Verdict(
            policy, limit.name, limit.effect, "matched", text, seen, seen[:1], asked, (), ""
        )
    duties = [Obligation("limit", duty)]
    if limit.warn_at is not None and after >= limit.warn_at:
        duties.append(Obligation("warn", {"limit": limit.name, "left": limit.at_most - after}))
    return Verdict(policy, limit.name, "oblige", "matched", "", seen, (), None, tuple(duties), "")


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
