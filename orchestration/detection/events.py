"""Events that detectors see: what agents did, were given, waited for and were told. Pure.

An event is known by its `id`: two events with the same id are one. `at` is in seconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event says: when, in which unit and goal, by which agent at which task.

    `goal`, `task` and `agent` are identifiers, empty where there is none.
    """

    id: str
    at: float
    scope: str = ""
    goal: str = ""
    task: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Event):
    """A step that has ended, was denied or is held.

    Attributes:
        ordinal: its place in the task. lineage: task key without its tick, equal for all ticks.
        act, target: as in the step. effect: of the tool; `internal` for our own database.
        call: digest of the canonical call. outcome: digest of what came of it.
        decision: allow, hold or deny. state: done, failed, denied or held.
        subject: digest of what the call is about, without the values it sets; empty if unknown.
        value: digest of the values it sets. words: of the arguments, for likeness.
        blanks: share of the outcome's leaves that are empty, 0 to 1; None when it has none.
        seconds: how long the effect took; None when it was not performed.
        expects: whether a blackboard write names the version it replaces.
    """

    ordinal: int = 0
    lineage: str = ""
    act: str = "tool.call"
    target: str = ""
    effect: str = "internal"
    call: str = ""
    outcome: str = ""
    decision: str = "allow"
    state: str = "done"
    subject: str = ""
    value: str = ""
    words: frozenset[str] = frozenset()
    blanks: float | None = None
    cost_minor: int = 0
    seconds: float | None = None
    expects: bool = False

    @property
    def writes(self) -> bool:
        """Whether it changed something outside our database."""
        return self.effect in {"write", "irreversible"} and self.state == "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAdded(Event):
    """A task came into being; `agent` is who added it, `needs` holds keys of other tasks."""

    key: str = ""
    parent: str = ""
    purpose: str = "work"
    capability: str = ""
    title: str = ""
    depth: int = 0
    needs: tuple[str, ...] = ()
    question: str = ""
    """Digest of its input, equal for equal inputs."""
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Awarded(Event):
    """A task was given to `agent`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMoved(Event):
    """A task came to another state; `reason` says why it is parked.

    The state is a word of vocabulary.TaskState, or `retried`: it begins again.
    """

    state: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitBegun(Event):
    """A task waits. `subject` is the task, resource or approval that it waits for."""

    what: str = "reply"
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitEnded(Event):
    """A task waits no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed(Event):
    """A task holds a resource, until it releases it or ends."""

    resource: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(Event):
    """A task gave a resource back."""

    resource: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalOpened(Event):
    """People are asked about one step."""

    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalOpened(Event):
    """A goal began: what it is about, and its caps by measure."""

    words: frozenset[str] = frozenset()
    criteria: tuple[frozenset[str], ...] = ()
    caps: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalClosed(Event):
    """A goal ended as completed, failed or cancelled."""

    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged(Event):
    """An evaluator gave its verdict on a subject, such as a goal's round or a task's output."""

    subject: str = ""
    accepted: bool = True
