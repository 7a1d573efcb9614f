"""What distinguishes one bundle from another: policies that came, went or changed, rule by rule."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.policy.bundle import Bundle
from orchestration.policy.terms import Limit, Policy, Rule


@dataclass(frozen=True)
class PolicyChange:
    """How one policy differs. `parts` names what else changed, such as scope or mode."""

    key: str
    rules_added: tuple[str, ...]
    rules_removed: tuple[str, ...]
    rules_changed: tuple[str, ...]
    parts: tuple[str, ...]


@dataclass(frozen=True)
class BundleChange:
    """How one bundle differs from another."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[PolicyChange, ...]


_PARTS = ("title", "scope", "mode", "on_error", "facts", "during", "obligations", "approval")


def compare(old: Bundle, new: Bundle) -> BundleChange:
    """What is new, gone and different in `new`, by policy key."""
    before = {one.key: one for one in old.policies}
    after = {one.key: one for one in new.policies}
    both = sorted(before.keys() & after.keys())
    return BundleChange(
        tuple(sorted(after.keys() - before.keys())),
        tuple(sorted(before.keys() - after.keys())),
        tuple(
            _changed(before[key], after[key])
            for key in both
            if before[key].source != after[key].source
        ),
    )


def _changed(old: Policy, new: Policy) -> PolicyChange:
    before, after = _parts(old), _parts(new)
    both = before.keys() & after.keys()
    return PolicyChange(
        new.key,
        tuple(sorted(after.keys() - before.keys())),
        tuple(sorted(before.keys() - after.keys())),
        tuple(sorted(name for name in both if before[name] != after[name])),
        tuple(part for part in _PARTS if getattr(old, part) != getattr(new, part)),
    )


def _parts(policy: Policy) -> dict[str, tuple[object, ...]]:
    named: list[Rule | Limit] = [*policy.rules, *policy.limits]
    return {one.name: tuple(v for k, v in vars(one).items() if k != "line") for one in named}
