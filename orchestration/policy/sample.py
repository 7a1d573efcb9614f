"""Requests made from a few given values: for tests inside policies and for the playground."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from orchestration.errors import InvalidInput
from orchestration.policy.request import Request

_ORDINARY: dict[str, Any] = {
    "act": {
        "name": "tool.call",
        "target": "sample.tool",
        "effect": "read",
        "idempotent": True,
        "compensation": "",
        "arguments": {},
        "labels": {},
        "origin": {},
        "cost_minor": 0,
        "risk": "low",
        "digest": "0" * 64,
    },
    "agent": {
        "id": "agent-1",
        "name": "sample-agent",
        "version": 1,
        "role": "executor",
        "capabilities": [],
        "autonomy": "act-and-report",
        "risk_class": "low",
        "unit": "demo",
        "owner": "",
        "grants": ["*"],
    },
    "unit": {"path": "demo"},
    "goal": {
        "id": "goal-1",
        "title": "Sample goal",
        "unit": "demo",
        "pattern": "central",
        "priority": 5,
        "constraints": {},
        "requested_by": "",
    },
    "task": {"id": "task-1", "capability": "sample", "depth": 1, "round": 1},
    "facts": {"approvers": {"approver": 2}, "budget": {}, "happened": {}},
    "approvals": [],
    "at": "2026-01-05T09:00:00Z",
}


def sample_request(given: Mapping[str, Any], *, unit: str = "") -> Request:
    """An ordinary request with the given parts laid over it, part by part.

    With `unit` the act takes effect there, and the ordinary agent and goal are of it. Raises
    InvalidInput when `given` names a part that requests do not have.
    """
    for name in given:
        if name not in _ORDINARY:
            raise InvalidInput(f"a request has no part {name!r}, only {', '.join(_ORDINARY)}")
    merged = {name: _over(_in(unit, name), given.get(name)) for name in _ORDINARY}
    merged["unit"] = given.get("unit") or {"path": unit or merged["agent"]["unit"]}
    return Request.parse(orjson.dumps(merged, option=orjson.OPT_SORT_KEYS))


def _in(unit: str, name: str) -> Any:
    ordinary = _ORDINARY[name]
    return {**ordinary, "unit": unit} if unit and name in {"agent", "goal"} else ordinary


def _over(ordinary: Any, given: Any) -> Any:
    if given is None:
        return ordinary
    if isinstance(ordinary, dict) and isinstance(given, Mapping):
        return {**ordinary, **given}
    return given
