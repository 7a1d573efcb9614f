"""What one rule says when it speaks. All that does not depend on the request is made ahead."""

from __future__ import annotations

from typing import Literal, NamedTuple

from orchestration.policy.decision import Clause, Duty, Reason, RuleSeen, template_paths
from orchestration.policy.shown import Shown
from orchestration.policy.terms import ApprovalTerms, Obligation, Policy, Rule

Path = tuple[str, ...]

FAILED_TEMPLATE = "a condition could not be evaluated, so nothing is allowed by it"


class Verdict(NamedTuple):
    """What one rule says. A failed one has the effect that its policy's `on_error` names.

    Attributes:
        order: policy key and rule name, by which verdicts are sorted. shadow: changes nothing.
        seen: paths its condition read. named: paths its template names. error: why it failed.
        clause: whom a hold asks. reason, record: made ahead when they carry no value.
    """

    order: tuple[str, str]
    effect: str
    result: Literal["matched", "failed"]
    shadow: bool
    template: str
    seen: tuple[Path, ...]
    named: tuple[Path, ...]
    clause: Clause | None
    duties: tuple[Duty, ...]
    error: str
    reason: Reason | None
    record: RuleSeen | None

    def reason_for(self, shown: Shown) -> Reason:
        """Its reason with the values it names."""
        if self.reason is not None:
            return self.reason
        return Reason(*self.order, self.effect, self.template, shown.at(self.named))

    def record_for(self, shown: Shown, *, met: bool) -> RuleSeen:
        """What is kept of it, with the values it saw; `met` when people agreed to its hold."""
        if self.record is not None and not met:
            return self.record
        seen = shown.at(self.seen)
        return RuleSeen(
            *self.order, self.effect, "satisfied" if met else self.result, seen, self.error
        )


def speak(
    policy: Policy,
    rule: Rule,
    seen: tuple[Path, ...],
    *,
    error: str = "",
    own: tuple[Obligation, ...] | None = None,
) -> Verdict:
    """What a rule says when its condition, having read the paths `seen`, is true.

    With an `error` it is the rule's failure instead. `own` stands in place of the policy's own
    obligations.
    """
    order = (policy.key, rule.name)
    effect = policy.on_error if error else rule.effect
    template = FAILED_TEMPLATE if error else rule.reason or policy.title
    named = template_paths(template)
    held = effect == "hold"
    carried = rule.obligations + (policy.obligations if own is None else own)
    duties = () if error else tuple(Duty(one.kind, one.value, *order) for one in carried)
    return Verdict(
        order=order,
        effect=effect,
        result="failed" if error else "matched",
        shadow=policy.mode == "shadow",
        template=template,
        seen=seen,
        named=named,
        clause=_clause(order, rule.approval or policy.asks()) if held else None,
        duties=duties,
        error=error,
        reason=None if named else Reason(*order, effect, template, {}),
        record=None if seen or held or error else RuleSeen(*order, effect, "matched", {}),
    )


def _clause(order: tuple[str, str], asked: ApprovalTerms | None) -> Clause | None:
    if asked is None:
        return None
    return Clause(*order, asked.roles, asked.quorum, asked.expires_s, asked.escalate)
