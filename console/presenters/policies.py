"""The list of policies in force and one policy read beside its source. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from console.presenters.policy_source import blocks
from console.queries.policies import InForce, Reading
from orchestration.models import Bundle, PolicyVersion
from orchestration.policy.checks import CaseResult
from orchestration.policy.terms import Policy

SHORT_HASH = 16
EFFECTS = ("deny", "hold", "allow")


def bundle(row: Bundle, count: int) -> dict[str, Any]:
    """The bundle in force."""
    return {
        "revision": row.number,
        "hash": row.hash[:SHORT_HASH],
        "activated_at": row.published_at,
        "activated_by": str(row.publisher) if row.publisher else f"Signalbox ({row.reason})",
        "count": count,
    }


def listed(found: InForce, words: str) -> list[Policy]:
    """The policies that match every word."""
    wanted = words.casefold().split()
    return [one for one in found.policies if all(word in _said(one) for word in wanted)]


def _named(policy: Policy) -> list[str]:
    where = policy.scope
    return [*where.acts, *where.tools, *where.effects, *where.units, *where.agents]


def _said(policy: Policy) -> str:
    return " ".join([policy.key, policy.title, *_named(policy), *policy.controls]).casefold()


def row(policy: Policy, found: InForce) -> dict[str, Any]:
    """A policy in the list."""
    return {
        "id": policy.key.replace(".", "-"),
        "name": policy.key,
        "title": policy.title,
        "url": reverse("policy", args=[policy.key]),
        "mode": policy.mode,
        "effects": [one for one in EFFECTS if one in {rule.effect for rule in policy.rules}],
        "scope": ", ".join(_named(policy)) or "everything",
        "controls": list(policy.controls),
        "version": found.versions[policy.key],
        "tests": len(policy.tests),
    }


def head(reading: Reading) -> dict[str, Any]:
    """Name, title and version of a policy."""
    policy = reading.policy
    return {
        "name": policy.key,
        "title": policy.title,
        "mode": policy.mode,
        "version": reading.version.number,
        "on_error": policy.on_error,
        "url": reverse("policy", args=[policy.key]),
    }


def facts(reading: Reading, results: Sequence[CaseResult]) -> list[dict[str, Any]]:
    """The strip above the source."""
    passed = sum(result.passed for result in results)
    tests = f"{passed} of {len(results)} pass" if results else "none"
    row = reading.bundle
    return [
        {"label": "Mode", "text": "", "state": ["mode", reading.policy.mode]},
        {"label": "Version", "text": f"v{reading.version.number}"},
        {"label": "In force", "text": f"bundle {row.number}" if row else "not in force"},
        {"label": "If a condition fails", "text": "", "effect": reading.policy.on_error},
        {"label": "Tests", "text": tests},
        {"label": "Kept by", "text": reading.row.scope or "the whole installation"},
    ]


def page(reading: Reading, results: Sequence[CaseResult]) -> dict[str, Any]:
    """Everything the page of a policy shows but its decisions."""
    row = reading.bundle
    return {
        "policy": head(reading),
        "facts": facts(reading, results),
        "blocks": blocks(reading.policy),
        "tests": tests(reading.policy, results),
        "controls": [{"name": name, "url": ""} for name in reading.policy.controls],
        "versions": versions(reading),
        "bundle": {"revision": row.number, "hash": row.hash[:SHORT_HASH]} if row else None,
    }


def tests(policy: Policy, results: Sequence[CaseResult]) -> list[dict[str, Any]]:
    """The tests inside the policy with what came out when this page was made."""
    return [
        {
            "name": result.name,
            "given": str(case.given),
            "expect": result.expected,
            "got": result.fault or result.said,
            "passed": result.passed,
        }
        for case, result in zip(policy.tests, results, strict=True)
    ]


def versions(reading: Reading) -> list[dict[str, Any]]:
    """Its versions, the newest first."""
    in_force = reading.version.pk if reading.bundle is not None else None
    return [version(one) | {"current": one.pk == in_force} for one in reading.versions]


def version(one: PolicyVersion) -> dict[str, Any]:
    """One version: who wrote it, when, and how long it is."""
    return {
        "number": one.number,
        "at": one.created_at,
        "who": str(one.author) if one.author else "shipped",
        "note": f"{one.source.count(chr(10))} lines",
    }
