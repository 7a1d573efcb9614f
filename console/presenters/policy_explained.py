"""A decision with the answer of every rule that applies: for the playground and for why. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import yaml
from django.urls import reverse

from console.presenters import formats
from console.presenters.steps import MINOR, PERSONAL, plain_title
from orchestration.policy.phrases import in_words
from orchestration.policy.request import Request
from orchestration.policy.shown import WITHHELD
from orchestration.policy.terms import OBLIGATIONS

if TYPE_CHECKING:
    from console.queries.policy_playground import Again
    from orchestration.models import Step
    from orchestration.policy.explaining import Explanation, RuleAnswer

RESULTS = {
    "matched": "matched",
    "failed": "could not be evaluated",
    "satisfied": "met by an approval",
    "not matched": "did not match",
    "outside its hours": "outside its hours",
}
HIDDEN = "(personal)"
"""Stands in a request to be edited where a value is personal."""

LONGEST = 160


def shown(found: Explanation, readable: Collection[str]) -> dict[str, Any]:
    """An explanation for policies/explained.html; rules one may not read are only counted."""
    decision = found.decision
    rules = [_rule(one) for one in found.rules if one.policy in readable]
    spoke = [one for one in rules if one["spoke"]]
    return {
        "effect": decision.effect,
        "reasons": [
            {"policy": one.policy, "rule": one.rule, "effect": one.effect, "text": one.sentence()}
            for one in decision.reasons
        ],
        "shadow_effect": decision.shadow_effect if decision.shadow else "",
        "spoke": spoke,
        "silent": [one for one in rules if not one["spoke"]],
        "hidden": len(found.rules) - len(rules),
        "elsewhere": len(found.out_of_scope),
        "obligations": [duty(one.kind, one.value, one.policy) for one in decision.obligations],
        "clauses": [
            {
                "policy": one.policy,
                "rule": one.rule,
                "roles": ", ".join(one.roles),
                "quorum": one.quorum,
                "expires": formats.duration(one.expires_s),
            }
            for one in decision.clauses
        ],
    }


def _rule(one: RuleAnswer) -> dict[str, Any]:
    return {
        "policy": one.policy,
        "url": reverse("policy", args=[one.policy]),
        "rule": one.rule,
        "effect": "none" if one.effect == "oblige" else one.effect,
        "shadow": one.mode == "shadow",
        "condition": one.condition,
        "words": _words(one.condition),
        "result": RESULTS[one.result],
        "error": one.error,
        "decided": one.decided,
        "spoke": one.result in {"matched", "failed", "satisfied"},
        "values": values(one.values),
    }


def _words(condition: str) -> str:
    """The condition in plain words; a limit's sum stays as it stands."""
    return "" if " + " in condition else in_words(condition) if condition else "always"


def values(seen: Mapping[str, Any]) -> list[dict[str, str]]:
    """The values a rule saw, by path; personal ones are withheld, missing ones say so."""
    return [{"path": path, "value": value(path, one)} for path, one in sorted(seen.items())]


def value(path: str, one: Any) -> str:
    """One value as people read it."""
    if one == WITHHELD:
        return "personal, withheld"
    if one is None:
        return "not given"
    if path.endswith(MINOR) and isinstance(one, int):
        return formats.money(one)
    text = one if isinstance(one, str) else formats.pretty(one)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def duty(kind: str, what: Any, policy: str) -> dict[str, str]:
    """An obligation in words, and the policy that lays it on."""
    parts = what if isinstance(what, list | tuple) else [what]
    if isinstance(what, Mapping):
        parts = [f"{name.replace('_', ' ')} {one}" for name, one in what.items()]
    said = OBLIGATIONS.get(kind, "counts against a limit" if kind == "limit" else kind)
    return {"kind": kind, "text": said, "value": ", ".join(map(str, parts)), "policy": policy}


def again(found: Sequence[Again], was: str) -> list[dict[str, Any]]:
    """A step decided anew by other rules: what each says, and whether that is something else."""
    rows = []
    for one in found:
        now = one.explanation.decision if one.explanation else None
        rows.append(
            {
                "name": one.rules.name,
                "url": reverse("draft", args=[one.rules.draft.pk]) if one.rules.draft else "",
                "effect": now.effect if now else "",
                "differs": now is not None and now.effect != was,
                "reason": next(iter(now.texts()), "") if now else "",
            }
        )
    return rows


def step_row(step: Step) -> dict[str, Any]:
    """A step to choose in the playground."""
    return {
        "id": str(step.pk),
        "title": plain_title(step.act, step.target),
        "agent": step.agent.name,
        "effect": step.effect,
        "at": step.decided_at,
        "task": step.task.title,
    }


def editable(request: Request) -> str:
    """A request as YAML to be changed by hand; what is personal stays out of it."""
    act: dict[str, Any] = {**request.act}
    hidden = [path for path, found in act["labels"].items() if PERSONAL in found]
    act["arguments"] = formats.hide(act["arguments"], hidden) if hidden else act["arguments"]
    act["labels"] = {
        path: [one for one in found if not one.startswith(f"{PERSONAL}:")]
        for path, found in act["labels"].items()
    }
    act.pop("digest", None)
    parts = {
        "act": act,
        "agent": dict(request.agent),
        "unit": dict(request.unit),
        "goal": dict(request.goal),
        "task": dict(request.task),
        "facts": dict(request.facts),
        "at": request.at,
    }
    return str(yaml.safe_dump(_plain(parts), sort_keys=False, allow_unicode=True, width=96))


def _plain(one: Any) -> Any:
    """JSON values as plain lists and maps, so that the YAML names no types and no anchors."""
    if isinstance(one, Mapping):
        return {str(name): _plain(inner) for name, inner in one.items()}
    if isinstance(one, list | tuple):
        return [_plain(inner) for inner in one]
    return one
