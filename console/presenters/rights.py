"""What each role may do, in words, taken from the access table so that it stays true. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from console.access_table import ACCESS, Door

ACTS: Mapping[str, str] = {
    "approval-answer": "answer requests for approval, where a policy names the role",
    "parked-act": "decide about parked work",
    "agent-act": "pause and resume agents",
    "goal-start": "start goals",
    "goal-event": "report events to goals",
    "goal-act": "pause, resume and cancel goals",
    "halt-order": "order halts",
    "halt-release": "release halts",
    "verify-start": "have the ledger verified",
    "export-take": "take evidence away",
    "sample-draw": "draw samples for review",
    "review-judge": "judge decisions",
    "review-remark": "remark on decisions",
    "auditor-admit": "admit outside auditors",
    "auditor-act": "end accounts of outside auditors",
    "ledger": "read the ledger",
    "flows": "see goals and their flows",
    "agents": "see agents",
    "policies": "read policies",
}
"""Addresses of the access table that stand for a right, and the right in words."""


def rights(role: str) -> list[str]:
    """What a role opens, as the access table has it now."""
    return [words for name, words in ACTS.items() if _opens(name, role)]


def _opens(name: str, role: str) -> bool:
    who = ACCESS.get(name)
    return who is not None and not isinstance(who, Door) and role in {one.value for one in who}
