"""Duplicate work: two tasks do the same thing, by fingerprint or by likeness. Pure.

Likeness is the Jaccard index of the words of title and input, as in Broder, "On the Resemblance and
Containment of Documents" (1997), on whole sets since they are small.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from orchestration.detection.events import Event, Step, TaskAdded, TaskMoved
from orchestration.detection.evidence import each_once
from orchestration.detection.findings import (
    About,
    Edge,
    Finding,
    Node,
    Quiet,
    Response,
    Severity,
    Threshold,
)
from orchestration.detection.recent import Recent

WINDOW_S = 3600.0
LIKE = 0.92
LEAST_WORDS = 6
LIVE = 64
CALLS = 10_000
GOALS = 2_000
ENDED = frozenset({"done", "failed", "cancelled"})


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of words that two sets have in common, 0 to 1."""
    both = len(one | other)
    return len(one & other) / both if both else 0.0


class Duplicates(Quiet):
    """Compares writing calls across tasks of a goal, and unfinished tasks of a goal."""

    about = About(
        name="coherence.duplicate",
        title="Duplicate work",
        sentence="Two tasks do the same work: the same call that changes the world, or the same "
        "question to the same kind of agent.",
        needs=(Step, TaskAdded, TaskMoved),
        thresholds=(
            Threshold("window in seconds", WINDOW_S, "the same call an hour later may be meant"),
            Threshold("likeness", LIKE, "tasks that differ in one value of a dozen stay below"),
            Threshold("least words", LEAST_WORDS, "of few words too many are alike by chance"),
        ),
        cost="constant for a call; for a new task up to 64 comparisons with unfinished ones",
        ladder=(Response.FLAG, Response.MERGE_DUPLICATES, Response.REPLAN, Response.ESCALATE),
    )

    def __init__(self) -> None:
        self._calls: Recent[tuple[str, str], Step | None] = Recent(CALLS, lambda: None)
        self._live: Recent[str, deque[TaskAdded]] = Recent(GOALS, lambda: deque(maxlen=LIVE))

    def see(self, event: Event) -> Iterable[Finding]:
        """The same call by another task, or a task like one that is not finished."""
        if isinstance(event, Step):
            return self._call(event)
        if isinstance(event, TaskAdded):
            return self._task(event)
        if isinstance(event, TaskMoved) and event.state in ENDED:
            live = self._live.touch(event.goal)
            for task in [one for one in live if one.task == event.task]:
                live.remove(task)
        return ()

    def _call(self, step: Step) -> Iterable[Finding]:
        if not step.writes or step.act != "tool.call":
            return ()
        place = (step.goal, step.call)
        first = self._calls.find(place)
        if first is None or step.at - first.at > WINDOW_S:
            self._calls.put(place, step)
            return ()
        if first.task == step.task or first.lineage == step.lineage:
            return ()
        return (_same_call(first, step),)

    def _task(self, task: TaskAdded) -> Iterable[Finding]:
        if task.purpose not in {"work", "answer"}:
            return ()
        live = self._live.touch(task.goal)
        alike = [one for one in live if _like(one, task)]
        live.append(task)
        return (_same_task(alike[0], task),) if alike else ()


def _like(one: TaskAdded, other: TaskAdded) -> bool:
    if one.capability != other.capability or _base(one.key) == _base(other.key):
        return False
    if one.purpose != other.purpose or one.needs != other.needs:
        return False
    if one.question and one.question == other.question and one.title == other.title:
        return True
    few = min(len(one.words), len(other.words)) < LEAST_WORDS
    return not few and likeness(one.words, other.words) >= LIKE


def _base(key: str) -> str:
    return key.partition("~")[0]


def _same_call(first: Step, again: Step) -> Finding:
    two = () if first.agent == again.agent else (again.agent,)
    who = "{0} and {1} both" if two else "{0} in two tasks"
    return Finding(
        detector=Duplicates.about.name,
        key=f"{first.goal}:{first.call}",
        severity=Severity.HIGH if again.effect == "irreversible" else Severity.MEDIUM,
        confidence=0.97,
        title=f"{who} called {again.target} with the same arguments.",
        at=again.at,
        since=first.at,
        scope=again.scope,
        goal=again.goal,
        agents=(first.agent, *two),
        tasks=(first.task, again.task),
        nodes=tuple(Node(s.id, "step", s.target, s.agent, s.at) for s in (first, again)),
        edges=(Edge(first.id, again.id, "same call"),),
        figures={"seconds apart": round(again.at - first.at), "cost": again.cost_minor},
    )


def _same_task(first: TaskAdded, again: TaskAdded) -> Finding:
    alike = 1.0 if first.question == again.question else likeness(first.words, again.words)
    return Finding(
        detector=Duplicates.about.name,
        key=f"{first.goal}:{first.task}",
        severity=Severity.MEDIUM,
        confidence=round(0.9 * alike, 2),
        title=f"Two unfinished tasks ask for the same work: {again.title[:80]}.",
        at=again.at,
        since=first.at,
        scope=again.scope,
        goal=again.goal,
        agents=each_once(a for a in (first.agent, again.agent) if a),
        tasks=(first.task, again.task),
        nodes=tuple(Node(t.task, "task", t.title, t.agent, t.at) for t in (first, again)),
        edges=(Edge(first.task, again.task, "same work"),),
        figures={"likeness": round(alike, 2)},
    )
