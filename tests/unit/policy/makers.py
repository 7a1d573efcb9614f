"""Policies and bundles made from plain values, for tests."""

from __future__ import annotations

import json
from typing import Any

from orchestration.policy.bundle import Bundle, compile_bundle
from orchestration.policy.decision import Decision
from orchestration.policy.engine import decide
from orchestration.policy.language import parse
from orchestration.policy.sample import sample_request
from orchestration.policy.terms import Policy

ASK = {"from": ["approver"], "quorum": 1, "expires": "15m"}


def policy(key: str, *rules: dict[str, Any], **parts: Any) -> Policy:
    """A policy with these rules; JSON is YAML, so values can be written as they are."""
    return parse(
        json.dumps(
            {"policy": key, "title": f"Title of {key}", **parts}
            | ({"rules": list(rules)} if rules else {})
        )
    )


def rule(effect: str, when: str | None = None, name: str = "r", **parts: Any) -> dict[str, Any]:
    """A rule; a hold asks one approver unless it says otherwise."""
    made: dict[str, Any] = {"name": name, "effect": effect, **parts}
    if when is not None:
        made["when"] = when
    if effect == "hold":
        made.setdefault("approval", ASK)
    return made


def bundle(*policies: Policy, number: int = 1) -> Bundle:
    """A bundle of these policies."""
    return compile_bundle(policies, number)


def decided(given: dict[str, Any], *policies: Policy) -> Decision:
    """What these policies decide about an ordinary request with the given parts."""
    return decide(sample_request(given), bundle(*policies))
