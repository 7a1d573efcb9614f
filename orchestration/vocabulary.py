"""The words of the product as values: what may be said of acts, effects, roles and states. Pure.

Labels for screens live in the console; here are only the words that are stored.
"""

from __future__ import annotations

from enum import StrEnum


class Effect(StrEnum):
    """What a decision says about a step."""

    ALLOW = "allow"
    HOLD = "hold"
    DENY = "deny"


class Act(StrEnum):
    """What an agent can want to do; each is a step and decided before it takes effect."""

    TOOL_CALL = "tool.call"
    BOARD_READ = "board.read"
    BOARD_POST = "board.post"
    MESSAGE_SEND = "message.send"
    MESSAGE_READ = "message.read"
    TASK_ASK = "task.ask"
    TASK_ADD = "task.add"
    RESULT_PUBLISH = "result.publish"
    LABEL_ENDORSE = "label.endorse"
    JOURNAL_VALUE = "journal.value"
    FINDING_RESPOND = "finding.respond"
    """What Signalbox itself would do about a finding; `target` names the response."""


class Role(StrEnum):
    """What a person may do in a unit and all units below it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
    ADMIN = "admin"


class AgentRole(StrEnum):
    """What an agent is there for."""

    PLANNER = "planner"
    RETRIEVER = "retriever"
    EXECUTOR = "executor"
    EVALUATOR = "evaluator"
    OPTIMISER = "optimiser"
    SUPERVISOR = "supervisor"


class Autonomy(StrEnum):
    """How far an agent may go before a person is asked, least first."""

    OBSERVE = "observe"
    PROPOSE = "propose"
    ACT_WITH_APPROVAL = "act-with-approval"
    ACT_AND_REPORT = "act-and-report"
    ACT = "act"


class Risk(StrEnum):
    """How much harm a wrong act could do."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class AgentState(StrEnum):
    """Whether an agent takes work."""

    ACTIVE = "active"
    PAUSED = "paused"
    QUARANTINED = "quarantined"
    RETIRED = "retired"


class GoalState(StrEnum):
    """Where a goal stands."""

    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TaskState(StrEnum):
    """Where a task stands: pending waits for others, ready for a slot, waiting for an answer."""

    PENDING = "pending"
    READY = "ready"
    ADMITTED = "admitted"
    RUNNING = "running"
    WAITING = "waiting"
    PARKED = "parked"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class AttemptState(StrEnum):
    """How one attempt at a task stands or ended."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"
    PARKED = "parked"


class StepState(StrEnum):
    """Where a step stands. `dispatched` means its effect was begun and its outcome is not known."""

    HELD = "held"
    DENIED = "denied"
    DISPATCHED = "dispatched"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class ApprovalState(StrEnum):
    """Where a request for approval stands."""

    OPEN = "open"
    GRANTED = "granted"
    DENIED = "denied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    CONSUMED = "consumed"


class ParkReason(StrEnum):
    """Why a task waits for a person to look at it."""

    UNKNOWN = "unknown"
    DIVERGED = "diverged"
    OWNERLESS = "ownerless"
    CRASHING = "crashing"
    ESCALATED = "escalated"
    LOOPING = "looping"


class DraftState(StrEnum):
    """Where a draft of policies stands."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class ReplayState(StrEnum):
    """Where a replay of history stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class FindingState(StrEnum):
    """Where a finding stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MUTED = "muted"
    RESOLVED = "resolved"


class ResponseState(StrEnum):
    """What became of a response to a finding."""

    PROPOSED = "proposed"
    DONE = "done"
    DENIED = "denied"
    DISMISSED = "dismissed"
    UNDONE = "undone"


class BundleState(StrEnum):
    """Whether a bundle of policies is the one in force."""

    ACTIVE = "active"
    SUPERSEDED = "superseded"


class VerificationState(StrEnum):
    """How a verification of the whole ledger stands or ended."""

    QUEUED = "queued"
    RUNNING = "running"
    SOUND = "sound"
    UNSOUND = "unsound"
    CANCELLED = "cancelled"
    FAILED = "failed"


class ChannelKind(StrEnum):
    """How news reaches people outside the console."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    SLACK = "slack"
    TEAMS = "teams"


class ChannelState(StrEnum):
    """Whether a channel carries news."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


class NewsKind(StrEnum):
    """What people can be told: a request waits for them, a task is parked, a policy makes known."""

    APPROVAL = "approval"
    PARKED = "parked"
    NOTICE = "notice"
    TEST = "test"


class DeliveryState(StrEnum):
    """Where a piece of news stands on its way; overtaken was decided before it was told."""

    QUEUED = "queued"
    SENT = "sent"
    OVERTAKEN = "overtaken"
    FAILED = "failed"


class ReviewState(StrEnum):
    """Whether a decision that was drawn for review has been judged."""

    OPEN = "open"
    JUDGED = "judged"


class SampleMethod(StrEnum):
    """How decisions are drawn for review."""

    RANDOM = "random"
    WEIGHTED = "weighted"


class VerdictWord(StrEnum):
    """What a reviewer says of a decision; `withdrawn` takes back what they said before."""

    AGREE = "agree"
    DISAGREE = "disagree"
    FOLLOW_UP = "follow-up"
    WITHDRAWN = "withdrawn"


FINISHED_TASK = frozenset({TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED})
FINISHED_GOAL = frozenset({GoalState.COMPLETED, GoalState.FAILED, GoalState.CANCELLED})
FINISHED_STEP = frozenset({StepState.DONE, StepState.FAILED, StepState.DENIED, StepState.CANCELLED})
