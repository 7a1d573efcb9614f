"""What a decision makes known to people, and the numbers of a call that declared sums count."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from audit.identifiers import new_id
from orchestration.enforcement.calls import Call, title_of
from orchestration.enforcement.obligations import warning_of
from orchestration.enforcement.standing import Standing
from orchestration.operations.steps import Record
from orchestration.policy.decision import Decision, Duty
from orchestration.policy.labels import labels_at, leaves
from orchestration.policy.personal import PERSONAL
from orchestration.policy.scopes import matches
from orchestration.vocabulary import Act, Role

MOST_MEASURES = 64
"""Whole numbers kept of one call; a call with more is read from its payload when sums need it."""

LONGEST = 500


def notices_of(
    standing: Standing, step_id: str, call: Call, decision: Decision, now: datetime
) -> list[Record]:
    """The notices that a decision obliges to: `notify` to its roles, `warn` to operators."""
    rows = []
    for duty in decision.obligations:
        for kind, role in _told(duty):
            said = warning_of(duty) if duty.kind == "warn" else f"{decision.effect}: {duty.rule}"
            rows.append(
                {
                    "id": str(new_id()),
                    "created_at": now,
                    "scope": standing.goal.scope,
                    "kind": kind,
                    "role": role,
                    "policy": duty.policy,
                    "rule": duty.rule,
                    "sentence": f"{said}. {standing.agent.slug}: {title_of(call)}"[:LONGEST],
                    "step_id": step_id,
                }
            )
    return rows


def _told(duty: Duty) -> list[tuple[str, str]]:
    if duty.kind == "notify":
        return [("notify", str(role)) for role in duty.value]
    return [("warn", Role.OPERATOR.value)] if duty.kind == "warn" else []


def measures_of(call: Call) -> dict[str, int | None] | None:
    """Whole numbers among a tool call's arguments, by dotted path, for declared sums.

    None stands where a policy keeps a number from the store, so that sums know that they can't be
    known. The whole is None for calls that hold a personal number or too many: those are read from
    the payload, which can be erased.
    """
    if call.act != Act.TOOL_CALL or call.objection:
        return None
    found: dict[str, int | None] = {}
    for path, leaf in leaves(call.arguments):
        if isinstance(leaf, bool) or not isinstance(leaf, int):
            continue
        if PERSONAL in labels_at(call.labels, path) or len(found) >= MOST_MEASURES:
            return None
        found[path] = None if _hidden(path, call.hidden) else leaf
    return found


def _hidden(path: str, patterns: tuple[str, ...]) -> bool:
    parts: list[Any] = path.split(".")
    above = [".".join(parts[: at + 1]) for at in range(len(parts))]
    return any(matches(patterns, one) for one in above)
