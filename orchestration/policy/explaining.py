"""The whole of a decision, rule by rule: for the playground and for the answer to "why?". Pure.

A decision keeps the rules that matched or failed. Here every rule that applies in the place
answers, those that did not match too, each with its condition and the values that it saw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from orchestration.policy.bundle import Bundle, Entry, Group
from orchestration.policy.decision import Decision
from orchestration.policy.engine import decide
from orchestration.policy.request import Request
from orchestration.policy.scopes import place_of
from orchestration.policy.shown import Shown
from orchestration.policy.terms import Limit, Policy
from orchestration.policy.windows import within

Answer = Literal["matched", "failed", "satisfied", "not matched", "outside its hours"]


@dataclass(frozen=True)
class RuleAnswer:
    """What one rule or limit that applies says.

    Attributes:
        condition: its text, empty when it always matches. result: `satisfied` is a hold that people
            agreed to. decided: whether it is among the reasons. values: what it saw, by path.
    """

    policy: str
    rule: str
    effect: str
    mode: str
    condition: str
    result: Answer
    decided: bool
    values: Mapping[str, Any]
    error: str = ""


@dataclass(frozen=True)
class Explanation:
    """A decision with every rule's answer, and the policies whose scope does not cover the act."""

    decision: Decision
    rules: tuple[RuleAnswer, ...]
    out_of_scope: tuple[str, ...]


def explain(request: Request, bundle: Bundle) -> Explanation:
    """Decide a request and let every rule that applies in its place answer."""
    decision = decide(request, bundle)
    groups = bundle.candidates(place_of(request)).groups
    here = {one.key for group in groups for one in group.policies}
    answers = [one for group in groups for one in _answers(group, request, decision)]
    answers.sort(key=lambda one: (one.policy, one.rule))
    outside = tuple(one.key for one in bundle.policies if one.key not in here)
    return Explanation(decision, tuple(answers), outside)


def _answers(group: Group, request: Request, decision: Decision) -> Iterator[RuleAnswer]:
    shown, open_now = Shown(request), _is_open(group, request)
    said = {(one.policy, one.rule): one for one in (*decision.rules_seen, *decision.shadow)}
    reasons = {(one.policy, one.rule) for one in decision.reasons}
    for policy in group.policies:
        for name, effect, condition, paths in _named(policy, group):
            seen = said.get((policy.key, name))
            result: Answer = seen.result if seen else "not matched"
            if not open_now and seen is None:
                result = "outside its hours"
            yield RuleAnswer(
                policy.key,
                name,
                seen.effect if seen else effect,
                policy.mode,
                condition,
                result,
                (policy.key, name) in reasons,
                seen.values if seen else shown.at(paths),
                seen.error if seen else "",
            )


def _is_open(group: Group, request: Request) -> bool:
    try:
        return group.during is None or within(group.during, request.at)
    except ValueError:
        return True


def _named(policy: Policy, group: Group) -> Iterator[tuple[str, str, str, tuple[Any, ...]]]:
    seen = {one.rule.name: one.verdict.seen for one in _entries(group) if one.policy == policy}
    for rule in policy.rules:
        yield rule.name, rule.effect, rule.when, seen.get(rule.name, ())
    for limit in policy.limits:
        yield limit.name, limit.effect, _boundary(limit), (("facts", limit.fact),)


def _entries(group: Group) -> Iterator[Entry]:
    for chunk in group.chunks:
        yield from chunk.entries


def _boundary(limit: Limit) -> str:
    added = ".".join(limit.add) if isinstance(limit.add, tuple) else str(limit.add)
    return f"facts.{limit.fact} + {added} > {limit.at_most}"
