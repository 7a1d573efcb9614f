"""What the engine answers: an effect with its reasons, duties, clauses and every value it saw."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import orjson

from orchestration.policy.shown import WITHHELD

Json = Any
"""A JSON value: dict, list, str, int, float, bool or None."""

REFERENCE = re.compile(r"\{([a-z_]+(?:\.[^\s{}.]+)+)\}")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a rule, its template, and the values of the paths that the template names.

    A ledger body keeps policy, rule, effect and template only; `sentence` is for people and agents.
    """

    policy: str
    rule: str
    effect: str
    template: str
    values: Mapping[str, Json]

    def sentence(self) -> str:
        """The sentence with its values; a withheld value reads `(personal)`."""
        return REFERENCE.sub(lambda found: _shown(self.values.get(found[1])), self.template)


@dataclass(frozen=True, slots=True)
class Clause:
    """What people must agree to before a held step may run; every clause must be met."""

    policy: str
    rule: str
    roles: tuple[str, ...]
    quorum: int
    expires_s: int
    escalate: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """A rule that matched, failed, or held and was satisfied, with the values its condition saw."""

    policy: str
    rule: str
    effect: str
    result: Literal["matched", "failed", "satisfied"]
    values: Mapping[str, Json]
    error: str = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """An obligation that this decision lays on the edge. A kind it does not know means deny."""

    kind: str
    value: Json
    policy: str
    rule: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one request under one bundle; equal inputs give equal bytes.

    Attributes:
        effect: allow, hold or deny. reasons: those that decided it.
        obligations: what the edge must do. clauses: what people must agree to, when held.
        rules_seen: enforced rules that matched or failed. shadow: the same of shadow rules.
        shadow_effect: what the effect would be were the shadow rules in force.
        bundle, bundle_hash: the rules it was decided by.
        errors: `policy/rule: fault`, for conditions that could not be evaluated.
    """

    effect: Literal["allow", "hold", "deny"]
    reasons: tuple[Reason, ...]
    obligations: tuple[Duty, ...]
    clauses: tuple[Clause, ...]
    rules_seen: tuple[RuleSeen, ...]
    shadow: tuple[RuleSeen, ...]
    shadow_effect: Literal["allow", "hold", "deny"]
    bundle: int
    bundle_hash: str
    errors: tuple[str, ...]

    @property
    def flagged(self) -> bool:
        """Whether some rule flags the step."""
        return any(duty.kind == "flag" for duty in self.obligations)

    def texts(self) -> list[str]:
        """The reasons as sentences."""
        return [reason.sentence() for reason in self.reasons]

    def as_json(self) -> dict[str, Json]:
        """All of it as JSON values, for the step's row and for screens."""
        return asdict(self)

    def references(self) -> dict[str, Json]:
        """Effect, rules and templates without any value: fit for a ledger body."""
        return {
            "effect": self.effect,
            "bundle": self.bundle,
            "bundle_hash": self.bundle_hash,
            "reasons": [
                {"policy": one.policy, "rule": one.rule, "template": one.template}
                for one in self.reasons
            ],
            "obligations": [[duty.kind, duty.policy, duty.rule] for duty in self.obligations],
            "clauses": [[one.policy, one.rule, one.quorum] for one in self.clauses],
            "shadow_effect": self.shadow_effect,
            **({"shadow": self._shadowed()} if self.shadow else {}),
        }

    def _shadowed(self) -> list[list[str]]:
        return [[one.policy, one.rule, one.effect, one.result] for one in self.shadow]

    def canonical(self) -> bytes:
        """UTF-8 JSON with sorted keys; the same for the same request and bundle."""
        return orjson.dumps(self, option=orjson.OPT_SORT_KEYS)


def template_paths(template: str) -> tuple[tuple[str, ...], ...]:
    """The paths that a reason template names."""
    return tuple(sorted({tuple(name.split(".")) for name in REFERENCE.findall(template)}))


def _shown(value: Json) -> str:
    if value == WITHHELD:
        return "(personal)"
    if value is None:
        return "(nothing)"
    return value if isinstance(value, str) else orjson.dumps(value).decode()
