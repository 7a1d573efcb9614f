"""Legal transitions as data: from which state each kind of subject may move to which. Pure.

The table in docs/lifecycle.md is generated from these and a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from orchestration.errors import IllegalTransition
from orchestration.vocabulary import (
    AgentState,
    ApprovalState,
    AttemptState,
    BundleState,
    ChannelState,
    DraftState,
    FindingState,
    GoalState,
    ReplayState,
    ResponseState,
    ReviewState,
    StepState,
    TaskState,
    VerificationState,
)


def _table(**rows: list[StrEnum]) -> dict[str, frozenset[StrEnum]]:
    return {source: frozenset(targets) for source, targets in rows.items()}


G, T, A, S, P, N = GoalState, TaskState, AttemptState, StepState, ApprovalState, AgentState
V = VerificationState
F, R = FindingState, ResponseState

TRANSITIONS: Mapping[str, Mapping[str, frozenset[StrEnum]]] = {
    "goal": _table(
        running=[G.PAUSED, G.COMPLETED, G.FAILED, G.CANCELLED],
        paused=[G.RUNNING, G.CANCELLED, G.FAILED],
        completed=[],
        failed=[],
        cancelled=[],
    ),
    "task": _table(
        pending=[T.READY, T.CANCELLED, T.FAILED],
        ready=[T.ADMITTED, T.PARKED, T.CANCELLED, T.FAILED, T.PENDING],
        admitted=[T.RUNNING, T.READY, T.CANCELLED],
        running=[T.WAITING, T.READY, T.PARKED, T.DONE, T.FAILED, T.CANCELLED],
        waiting=[T.READY, T.PARKED, T.CANCELLED, T.FAILED],
        parked=[T.READY, T.DONE, T.FAILED, T.CANCELLED],
        done=[],
        failed=[],
        cancelled=[],
    ),
    "attempt": _table(
        running=[A.SUSPENDED, A.DONE, A.FAILED, A.LOST, A.PARKED],
        suspended=[],
        done=[],
        failed=[],
        lost=[],
        parked=[],
    ),
    "step": _table(
        held=[S.DISPATCHED, S.DONE, S.DENIED, S.CANCELLED],
        dispatched=[S.DONE, S.FAILED, S.UNKNOWN, S.CANCELLED],
        unknown=[S.DONE, S.FAILED, S.CANCELLED],
        done=[],
        failed=[],
        denied=[],
        cancelled=[],
    ),
    "approval": _table(
        open=[P.GRANTED, P.DENIED, P.EXPIRED, P.WITHDRAWN],
        granted=[P.CONSUMED, P.WITHDRAWN, P.EXPIRED],
        denied=[],
        expired=[],
        withdrawn=[],
        consumed=[],
    ),
    "policy_draft": _table(
        draft=[DraftState.DRAFT, DraftState.REVIEWED, DraftState.WITHDRAWN],
        reviewed=[DraftState.DRAFT, DraftState.PUBLISHED, DraftState.WITHDRAWN],
        published=[],
        withdrawn=[],
    ),
    "policy_replay": _table(
        queued=[ReplayState.RUNNING, ReplayState.CANCELLED, ReplayState.FAILED],
        running=[ReplayState.DONE, ReplayState.CANCELLED, ReplayState.FAILED],
        done=[],
        cancelled=[],
        failed=[],
    ),
    "bundle": _table(
        active=[BundleState.SUPERSEDED],
        superseded=[],
    ),
    "finding": _table(
        open=[F.ACKNOWLEDGED, F.MUTED, F.RESOLVED],
        acknowledged=[F.OPEN, F.MUTED, F.RESOLVED],
        muted=[F.OPEN, F.ACKNOWLEDGED, F.RESOLVED],
        resolved=[F.OPEN],
    ),
    "response": _table(
        proposed=[R.DONE, R.DENIED, R.DISMISSED],
        done=[R.UNDONE],
        denied=[],
        dismissed=[],
        undone=[],
    ),
    "agent": _table(
        active=[N.PAUSED, N.QUARANTINED, N.RETIRED],
        paused=[N.ACTIVE, N.QUARANTINED, N.RETIRED],
        quarantined=[N.ACTIVE, N.RETIRED],
        retired=[],
    ),
    "channel": _table(
        active=[ChannelState.PAUSED, ChannelState.REMOVED],
        paused=[ChannelState.ACTIVE, ChannelState.REMOVED],
        removed=[],
    ),
    "review": _table(
        open=[ReviewState.JUDGED],
        judged=[ReviewState.OPEN],
    ),
    "verification": _table(
        queued=[V.RUNNING, V.CANCELLED, V.FAILED],
        running=[V.SOUND, V.UNSOUND, V.CANCELLED, V.FAILED],
        sound=[],
        unsound=[],
        cancelled=[],
        failed=[],
    ),
}


def may_become(kind: str, source: str, target: str) -> bool:
    """Whether a subject of this kind may move from one state to another."""
    return target in TRANSITIONS[kind].get(source, frozenset())


def require(kind: str, source: str, target: str) -> None:
    """Raise IllegalTransition, naming both states, unless the move is legal."""
    if not may_become(kind, source, target):
        raise IllegalTransition(f"a {kind} that is {source} cannot become {target}")


def sources_of(kind: str, target: str) -> list[str]:
    """The states from which a subject may reach the target; for conditional updates."""
    return sorted(source for source, targets in TRANSITIONS[kind].items() if target in targets)
