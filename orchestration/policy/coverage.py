"""What no policy speaks about, and which rules never said anything that counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.policy.bundle import Bundle
from orchestration.policy.decision import Decision
from orchestration.policy.scopes import Place
from orchestration.policy.terms import Limit, Policy, Rule


@dataclass
class Coverage:
    """How often each rule of a bundle matched, decided, was overridden or failed.

    A rule is overridden when it matched and a stronger effect decided.
    """

    bundle: Bundle
    matched: Counter[str] = field(default_factory=Counter)
    decided: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)

    def add(self, decision: Decision) -> None:
        """Count one decision made under this bundle."""
        reasons = {f"{one.policy}/{one.rule}" for one in decision.reasons}
        for seen in (*decision.rules_seen, *decision.shadow):
            name = f"{seen.policy}/{seen.rule}"
            if seen.result == "failed":
                self.failed[name] += 1
                continue
            self.matched[name] += 1
            if name in reasons or seen.effect == "oblige":
                self.decided[name] += 1

    def never_matched(self) -> list[str]:
        """Rules that spoke about nothing, as `policy/rule`."""
        return [name for name in rule_names(self.bundle) if name not in self.matched]

    def always_overridden(self) -> list[str]:
        """Rules that matched and never decided anything."""
        return [name for name in sorted(self.matched) if name not in self.decided]


def rule_names(bundle: Bundle) -> list[str]:
    """Every rule and limit of a bundle, as `policy/rule`."""
    return [f"{policy.key}/{one.name}" for policy in bundle.policies for one in _named(policy)]


def unspoken(bundle: Bundle, places: Iterable[Place]) -> list[Place]:
    """The places in which no enforced policy applies, so that everything there is denied."""
    return [one for one in places if not _spoken_of(bundle, one)]


def _spoken_of(bundle: Bundle, where: Place) -> bool:
    return any(
        policy.mode == "enforce"
        for group in bundle.candidates(where).groups
        for policy in group.policies
    )


def _named(policy: Policy) -> list[Rule | Limit]:
    return [*policy.rules, *policy.limits]
