"""Judging: what each rule and limit that applies in a place says to a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from orchestration.policy.bundle import Candidates, Chunk, Group
from orchestration.policy.conditions import Activation, activation, evaluate, evaluate_all
from orchestration.policy.request import Request
from orchestration.policy.terms import Limit, Obligation, Policy, Rule
from orchestration.policy.verdicts import Path, Verdict, speak
from orchestration.policy.windows import within


def judge(found: Candidates, request: Request) -> list[Verdict]:
    """What every rule that applies says, by policy and rule."""
    values = activation(request, found.variables)
    verdicts: list[Verdict] = []
    for group in found.groups:
        if group.during is None:
            _group(group, request, values, verdicts)
        else:
            _timed(group, request, values, verdicts)
    if len(verdicts) > 1:
        verdicts.sort(key=_order)
    return verdicts


def _order(verdict: Verdict) -> tuple[str, str]:
    return verdict.order


def _timed(group: Group, request: Request, values: Activation, said: list[Verdict]) -> None:
    if group.during is None:
        return
    try:
        if within(group.during, request.at):
            _group(group, request, values, said)
    except ValueError as error:
        unknown = Rule("during", "oblige")
        seen: tuple[Path, ...] = (("time", "at"),)
        said.extend(speak(one, unknown, seen, error=str(error)) for one in group.policies)


def _group(group: Group, request: Request, values: Activation, said: list[Verdict]) -> None:
    said.extend(group.always)
    for chunk in group.chunks:
        _chunk(chunk, values, said)
    for policy, limit in group.limits:
        said.extend(_limit(policy, limit, request))


def _chunk(chunk: Chunk, values: Activation, said: list[Verdict]) -> None:
    if chunk.together is not None:
        answers = evaluate_all(chunk.together, values)
        if answers is not None:
            if True in answers:
                said.extend(
                    entry.verdict
                    for entry, answer in zip(chunk.entries, answers, strict=True)
                    if answer is True
                )
            return
    for entry in chunk.entries:
        result = True if entry.condition is None else evaluate(entry.condition, values)
        if result is True:
            said.append(entry.verdict)
        elif result is not False:
            seen = entry.verdict.seen
            said.append(speak(entry.policy, entry.rule, seen, error=str(result)))


def _limit(policy: Policy, limit: Limit, request: Request) -> Iterator[Verdict]:
    fact = ("facts", limit.fact)
    seen: tuple[Path, ...] = (fact, limit.add) if isinstance(limit.add, tuple) else (fact,)
    so_far = request.facts.get(limit.fact)
    adds = limit.add if isinstance(limit.add, int) else request.lookup(limit.add)
    rule = _rule_of(limit)
    if not _whole(so_far) or not _whole(adds) or adds < 0:
        error = f"{limit.fact} or what is added to it is not a whole number from 0 on"
        yield speak(policy, rule, seen, error=error)
    elif so_far + adds > limit.at_most:
        yield speak(policy, rule, seen)
    else:
        duties = _duties(limit, so_far, adds)
        yield speak(policy, Rule(limit.name, "oblige"), seen, own=duties)


def _rule_of(limit: Limit) -> Rule:
    reason = f"{{facts.{limit.fact}}} so far; with this one it would be over {limit.at_most}"
    return Rule(limit.name, limit.effect, reason=reason, approval=limit.approval)


def _duties(limit: Limit, so_far: int, adds: int) -> tuple[Obligation, ...]:
    counted = Obligation("limit", {"fact": limit.fact, "at_most": limit.at_most, "add": adds})
    after = so_far + adds
    if limit.warn_at is None or after < limit.warn_at:
        return (counted,)
    return (counted, Obligation("warn", {"limit": limit.name, "left": limit.at_most - after}))


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
