"""What the rules in force leave out, and what rules in shadow did live, in rows. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from console.presenters.steps import plain_title

if TYPE_CHECKING:
    from orchestration.attributes.covering import CoverageReport
    from orchestration.attributes.shadowing import ShadowRow
    from orchestration.models import Step
    from orchestration.policy.terms import Policy

NAMED = 4
"""Agents named before the rest is only counted."""


def coverage(report: CoverageReport, readable: Collection[str]) -> dict[str, Any]:
    """Tools that are always denied, and rules without effect, as far as they may be read."""
    errors = sorted(report.errored.items(), key=lambda one: (-one[1], one[0]))
    return {
        "decisions": report.decisions,
        "unspoken": [
            {"tool": tool, "effect": effect, "agents": _some(agents)}
            for tool, effect, agents in report.unspoken
        ],
        "silent": {
            "never": [one for one in report.never_matched if _policy(one) in readable],
            "overridden": [one for one in report.always_overridden if _policy(one) in readable],
            "failed": [
                {"name": name, "count": count}
                for name, count in errors
                if _policy(name) in readable
            ],
        },
    }


def _policy(rule: str) -> str:
    return rule.rpartition("/")[0]


def _some(agents: Collection[str]) -> str:
    rest = len(agents) - NAMED
    return ", ".join(list(agents)[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def shadow(row: ShadowRow, steps: Mapping[str, Step]) -> dict[str, Any]:
    """One rule in shadow with what would have come of it."""
    return {
        "policy": row.policy,
        "url": reverse("policy", args=[row.policy]),
        "rule": row.rule,
        "effect": "none" if row.effect == "oblige" else row.effect,
        "matched": row.matched,
        "failed": row.failed,
        "changed": row.changed,
        "ways": [{"was": was, "would": would} for was, would in row.ways],
        "samples": [
            {
                "title": plain_title(steps[key].act, steps[key].target),
                "agent": steps[key].agent.name,
                "was": steps[key].effect,
                "would": would,
                "at": steps[key].decided_at,
                "url": reverse("decision", args=[key]),
            }
            for key, would in row.samples
            if key in steps
        ],
    }


def watching(policies: Iterable[Policy]) -> list[dict[str, str]]:
    """The policies among these that only watch."""
    return [
        {"key": one.key, "title": one.title, "url": reverse("policy", args=[one.key])}
        for one in policies
        if one.mode == "shadow"
    ]
