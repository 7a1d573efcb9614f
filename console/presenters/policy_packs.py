"""Packs and principles in words: what is in them, and how much of that is in force. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.urls import reverse

from console.presenters import markdown
from orchestration.policy.checks import run_tests
from orchestration.policy.principles import Standing
from orchestration.policy.reading import reading
from orchestration.policy.shipped import Pack
from orchestration.policy.terms import Policy


def row(pack: Pack, in_force: Mapping[str, str]) -> dict[str, Any]:
    """A pack in the list."""
    texts = dict(zip((one.key for one in pack.policies), pack.texts, strict=True))
    return {
        "name": pack.name,
        "title": pack.title,
        "url": reverse("pack", args=[pack.name]),
        "policies": len(pack.policies),
        "tests": pack.tests,
        "controls": pack.controls,
        "in_force": sum(key in in_force for key in texts),
        "changed": sum(in_force.get(key, text) != text for key, text in texts.items()),
    }


def page(pack: Pack, in_force: Mapping[str, str]) -> dict[str, Any]:
    """A pack with its explanation, policies and tests."""
    policies = [_policy(one, one.key in in_force) for one in pack.policies]
    tests = [case for one in policies for case in one["tests"]]
    return row(pack, in_force) | {
        "about": markdown.blocks(pack.about),
        "rules": policies,
        "passed": sum(case["passed"] for case in tests),
        "run": len(tests),
    }


def _policy(policy: Policy, in_force: bool) -> dict[str, Any]:
    said = reading(policy)
    return {
        "key": policy.key,
        "title": policy.title,
        "where": said.where,
        "rules": [
            {
                "name": one.name,
                "effect": "" if one.effect == "oblige" else one.effect,
                "text": one.text,
            }
            for one in said.rules
        ],
        "follows": said.follows,
        "controls": list(policy.controls),
        "in_force": in_force,
        "url": reverse("policy", args=[policy.key]) if in_force else "",
        "tests": [
            {"name": one.name, "expect": one.expected, "passed": one.passed, "got": one.said}
            for one in run_tests(policy)
        ],
    }


def principle(policy: Policy, one: Standing, readable: Collection[str]) -> dict[str, Any]:
    """A principle with the policies that enforce it; those one may read are links."""
    return {
        **standing(one, readable),
        "stated": _link(policy.key, readable),
        "units": ", ".join(unit.removesuffix("/**") for unit in policy.scope.units),
    }


def standing(one: Standing, readable: Collection[str]) -> dict[str, Any]:
    """What a principle says, and what keeps agents to it."""
    return {
        "key": one.principle.key,
        "text": one.principle.text,
        "advice": one.advice_only,
        "enforced": [_link(key, readable) for key in one.enforced_by],
        "shadowed": [_link(key, readable) for key in one.shadowed],
        "absent": list(one.absent),
    }


def _link(key: str, readable: Collection[str]) -> dict[str, str]:
    return {"key": key, "url": reverse("policy", args=[key]) if key in readable else ""}
