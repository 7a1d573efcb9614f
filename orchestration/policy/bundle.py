"""A bundle: a set of policies made ready to decide with.

Conditions are compiled once. Rules that apply in the same place are grouped, and one expression
answers for up to CHUNK of them, at a tenth of the price of asking each. Which groups apply in a
place is found by index and remembered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import orjson

from orchestration.policy.conditions import Compiled, compiled, together
from orchestration.policy.expressions import shape_of
from orchestration.policy.fields import variable_of
from orchestration.policy.scopes import Place, covers
from orchestration.policy.terms import HAPPENED, Fact, Limit, Policy, Rule, Scope, Window
from orchestration.policy.verdicts import Verdict, speak

CHUNK = 64
"""Rules that share one expression; when one of them fails, the chunk is asked one by one."""

_REMEMBERED = 4096

Path = tuple[str, ...]


class ContradictoryPolicies(ValueError):
    """Two policies of one set claim the same key or declare one fact differently."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule in its policy, ready: its condition (None always holds), and what it says then."""

    policy: Policy
    rule: Rule
    condition: Compiled | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rules with conditions, and one expression that answers for all; None asks one by one."""

    together: Compiled | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """What applies in the same place, at the same times and in the same mode."""

    scope: Scope
    during: Window | None
    always: tuple[Verdict, ...]
    chunks: tuple[Chunk, ...]
    limits: tuple[tuple[Policy, Limit], ...]
    paths: frozenset[tuple[str, ...]]
    variables: frozenset[str]
    facts: tuple[Fact, ...]
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The groups that apply in one place, the fields they read and the facts they want."""

    groups: tuple[Group, ...]
    variables: tuple[str, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Bundle:
    """A numbered set of policies. The hash depends on their texts alone, in no order."""

    number: int
    hash: str
    policies: tuple[Policy, ...]
    by_tool: dict[str, tuple[Group, ...]] = field(repr=False, compare=False)
    elsewhere: tuple[Group, ...] = field(repr=False, compare=False)
    fault: str = ""
    """Why nothing can be decided with it: everything is denied with this reason."""
    _known: dict[Place, Candidates] = field(default_factory=dict, repr=False, compare=False)

    def candidates(self, where: Place) -> Candidates:
        """What applies in a place."""
        found = self._known.get(where)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[where] = self._find(where)
        return found

    def roles(self) -> frozenset[str]:
        """Every role that some clause names: the edge counts approvers for these only."""
        terms = [rule.approval for one in self.policies for rule in one.rules]
        terms += [limit.approval for one in self.policies for limit in one.limits]
        terms += [one.approval for one in self.policies]
        return frozenset(role for one in terms if one is not None for role in one.roles)

    def _find(self, where: Place) -> Candidates:
        exact = self.by_tool.get(where.target, ()) if where.act == "tool.call" else ()
        groups = tuple(one for one in (*exact, *self.elsewhere) if covers(one.scope, where))
        variables = sorted(frozenset[str]().union(*(one.variables for one in groups)))
        facts = {fact.name: fact for one in groups for fact in one.facts}
        if any(path[:2] == ("facts", HAPPENED.name) for one in groups for path in one.paths):
            facts[HAPPENED.name] = HAPPENED
        return Candidates(groups, tuple(variables), tuple(facts[name] for name in sorted(facts)))


def compile_bundle(policies: Iterable[Policy], number: int, *, chunk: int = CHUNK) -> Bundle:
    """Make a set of policies ready; the order in which they come changes nothing.

    Raises ContradictoryPolicies when two share a key or declare one fact differently.
    """
    ordered = tuple(sorted(policies, key=lambda one: one.key))
    _require_agreement(ordered)
    groups = _groups(ordered, max(chunk, 1))
    by_tool: dict[str, tuple[Group, ...]] = {}
    elsewhere = []
    for group in groups:
        tools = group.scope.tools
        if not tools or any("*" in tool for tool in tools):
            elsewhere.append(group)
            continue
        for tool in set(tools):
            by_tool[tool] = (*by_tool.get(tool, ()), group)
    return Bundle(number, hash_of(ordered), ordered, by_tool, tuple(elsewhere))


def unreadable(number: int, fault: str) -> Bundle:
    """A bundle that denies everything, in the place of one that could not be read."""
    return Bundle(number, "", (), {}, (), fault)


def hash_of(policies: Iterable[Policy]) -> str:
    """SHA-256 (hex) over the keys and source texts of a set of policies."""
    texts = sorted([one.key, one.source] for one in policies)
    return hashlib.sha256(orjson.dumps(texts)).hexdigest()


def _require_agreement(ordered: Sequence[Policy]) -> None:
    facts: dict[str, Fact] = {}
    for before, one in zip((None, *ordered), ordered, strict=False):
        if before is not None and before.key == one.key:
            raise ContradictoryPolicies(f"two policies are called {one.key}")
        for fact in one.facts:
            if facts.setdefault(fact.name, fact) != fact:
                raise ContradictoryPolicies(f"{one.key} declares the fact {fact.name} differently")


def _groups(ordered: Sequence[Policy], chunk: int) -> list[Group]:
    together: dict[tuple[Scope, Window | None, str], list[Policy]] = {}
    for one in ordered:
        together.setdefault((one.scope, one.during, one.mode), []).append(one)
    return [
        _group(scope, during, members, chunk) for (scope, during, _), members in together.items()
    ]


def _group(scope: Scope, during: Window | None, members: list[Policy], chunk: int) -> Group:
    entries = [_entry(one, rule) for one in members for rule in one.rules]
    paths = frozenset(path for entry in entries for path in entry.verdict.seen)
    conditional = [one for one in entries if one.condition is not None]
    return Group(
        scope,
        during,
        tuple(one.verdict for one in entries if one.condition is None),
        tuple(_chunk(conditional[at : at + chunk]) for at in range(0, len(conditional), chunk)),
        tuple((one, limit) for one in members for limit in one.limits),
        paths | frozenset(_read_by_limits(members)),
        frozenset(name for path in paths if (name := variable_of(path)) is not None),
        tuple(fact for one in members for fact in one.facts),
        tuple(members),
    )


def _read_by_limits(members: list[Policy]) -> list[Path]:
    return [one.add for policy in members for one in policy.limits if isinstance(one.add, tuple)]


def _entry(policy: Policy, rule: Rule) -> Entry:
    seen = shape_of(rule.when).references if rule.when else ()
    condition = compiled(rule.when) if rule.when else None
    return Entry(policy, rule, condition, speak(policy, rule, seen))


def _chunk(entries: list[Entry]) -> Chunk:
    several = together(one.rule.when for one in entries) if len(entries) > 1 else None
    return Chunk(several, tuple(entries))
