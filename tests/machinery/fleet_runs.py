"""Runs of a fleet as detectors see them: many goals, 200 agents, with the oddities of honest work.

What looks like trouble and is none is there on purpose: retries, polling, asking back, haggling,
updates after a look, plans that fan out, denials that an agent takes note of, slow answers.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field

from orchestration.detection.events import (
    ApprovalOpened,
    Awarded,
    Claimed,
    Event,
    GoalClosed,
    GoalOpened,
    Judged,
    Released,
    Step,
    TaskAdded,
    TaskMoved,
    WaitBegun,
    WaitEnded,
)

THEMES = {
    "freight": "reroute containers closed port vessel berth customs schedule carrier delay",
    "finance": "reconcile invoices ledger payment supplier currency month close account",
    "retail": "price stock discount shelf promotion store demand product margin",
    "support": "ticket customer refund answer account escalate complaint reply order",
    "grid": "balance demand storage producer load forecast battery hour region",
}
READS = ("search", "lookup", "status", "quote", "history")
WRITES = ("reserve", "update", "submit", "notify")
CAPABILITIES = ("plan", "research", "check", "book", "inform", "price", "judge")


def digest(*parts: object) -> str:
    """A short digest of anything."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def dice(seed: int) -> random.Random:
    """Chance that is the same for the same seed."""
    return random.Random(seed)  # noqa: S311 - no secret


@dataclass
class Task:
    """A task being simulated: a clock of its own, and the next ordinal."""

    id: str
    goal: str
    agent: str
    theme: str
    key: str
    at: float
    ordinal: int = 0
    depth: int = 0


@dataclass
class Fleet:
    """Makes events; `agents` are 200 unless told otherwise."""

    random: random.Random
    agents: int = 200
    events: list[Event] = field(default_factory=list)
    goals: list[str] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    started: float = 1_700_000_000.0
    count: int = 0

    def name(self, kind: str) -> str:
        """A new identifier."""
        self.count += 1
        return f"{kind}-{self.count:07d}"

    def agent_for(self, theme: str, capability: str) -> str:
        """One of the agents that can do this; each agent has one theme and one capability."""
        places = [(t, c) for t in THEMES for c in CAPABILITIES]
        place = places.index((theme, capability))
        team = max(1, self.agents // len(places))
        return f"agent-{place * team + self.random.randrange(team):04d}"

    def emit(self, event: Event) -> None:
        """Add an event to the run."""
        self.events.append(event)

    def words(self, theme: str, count: int, *more: str) -> frozenset[str]:
        """Some words of a theme, with a few that belong to nothing."""
        known = THEMES[theme].split()
        odd = [f"x{self.random.randrange(10_000)}" for _ in range(max(1, count // 3))]
        return frozenset([*self.random.sample(known, min(count, len(known))), *odd, *more])

    def step(self, task: Task, **how: object) -> Step:
        """The next step of a task; moves its clock on."""
        task.ordinal += 1
        base = {"search": 0.4, "lookup": 0.1, "status": 0.2, "quote": 0.9, "history": 0.5}
        kind = str(how.get("target", "")).rpartition(".")[2]
        seconds = base.get(kind, 0.3) * self.random.lognormvariate(0, 0.3)
        task.at += float(how.pop("pause", 0) or self.random.uniform(0.2, 1.5))  # type: ignore[arg-type]
        fields: dict[str, object] = {
            "id": self.name("step"),
            "at": task.at,
            "scope": f"acme/{task.theme}",
            "goal": task.goal,
            "task": task.id,
            "agent": task.agent,
            "ordinal": task.ordinal,
            "lineage": task.key.partition("~")[0],
            "seconds": seconds,
        }
        made = Step(**{**fields, **how})  # type: ignore[arg-type]
        self.emit(made)
        return made

    # kinds of honest steps

    def read(self, task: Task, *, about: object = None, **how: object) -> Step:
        """A reading call whose answer depends on what it asks."""
        verb = self.random.choice(READS)
        about = self.random.randrange(10**9) if about is None else about
        target = str(how.pop("target", f"{task.theme}.{verb}"))
        told = {
            "act": "tool.call",
            "target": target,
            "effect": "read",
            "call": digest(target, about),
            "outcome": digest(target, about, "answer"),
            "subject": digest(target, about),
            "value": "",
            "words": self.words(task.theme, 5),
            "blanks": max(0.0, self.random.gauss(0.05, 0.03)),
            "cost_minor": self.random.choice([0, 1, 1, 2]),
        }
        return self.step(task, **{**told, **how})

    def write(
        self, task: Task, *, about: object = None, value: object = None, **how: object
    ) -> Step:
        """A writing call on a subject of its own, unless told otherwise."""
        about = self.random.randrange(10**9) if about is None else about
        value = self.random.randrange(10**6) if value is None else value
        target = str(how.pop("target", f"{task.theme}.{self.random.choice(WRITES)}"))
        told = {
            "act": "tool.call",
            "target": target,
            "effect": "write",
            "call": digest(target, about, value),
            "outcome": digest(self.random.random()),
            "subject": digest(about),
            "value": digest(value),
            "words": self.words(task.theme, 5),
            "cost_minor": self.random.choice([1, 2, 3]),
        }
        return self.step(task, **{**told, **how})

    def post(self, task: Task, key: str, value: object, **how: object) -> Step:
        """A post on the blackboard."""
        told = {
            "act": "board.post",
            "target": key,
            "call": digest("post", key, value),
            "outcome": digest(self.random.random()),
            "value": digest(value),
            "subject": digest(key),
            "words": self.words(task.theme, 4),
        }
        return self.step(task, **{**told, **how})

    def look(self, task: Task, key: str, seen: object) -> Step:
        """A read of the blackboard."""
        return self.step(
            task,
            act="board.read",
            target=key,
            call=digest("look", key),
            outcome=digest(seen),
        )

    def letter(self, task: Task, to: str, said: object, **how: object) -> Step:
        """A message."""
        return self.step(
            task,
            act="message.send",
            target=to,
            call=digest("letter", to, said),
            outcome=digest(self.random.random()),
            value=digest(said),
            words=self.words(task.theme, 4),
            **how,
        )

    # tasks and goals

    def add(self, goal: str, theme: str, capability: str, at: float, **how: object) -> Task:
        """A task that is added, awarded and started."""
        key = self.name("task")
        agent = str(how.pop("agent", "") or self.agent_for(theme, capability))
        parent = how.pop("parent", None)
        depth = parent.depth + 1 if isinstance(parent, Task) else 0
        asked = {
            "key": key,
            "parent": parent.id if isinstance(parent, Task) else "",
            "agent": parent.agent if isinstance(parent, Task) else "",
            "purpose": "answer" if isinstance(parent, Task) else "work",
            "capability": how.pop("kind", f"{theme}.{capability}"),
            "title": f"{capability} {theme}",
            "depth": depth,
            "question": digest(key),
            "words": self.words(theme, 5) | {f"y{self.random.randrange(10**6)}" for _ in range(3)},
        }
        where = {"scope": f"acme/{theme}", "goal": goal, "task": key}
        added = TaskAdded(id=self.name("added"), at=at, **{**where, **asked, **how})  # type: ignore[arg-type]
        self.emit(added)
        self.emit(Awarded(id=self.name("award"), at=at + 0.05, **where, agent=agent))
        self.emit(
            TaskMoved(id=self.name("moved"), at=at + 0.1, **where, agent=agent, state="running")
        )
        task = Task(key, goal, agent, theme, added.key, at + 0.1, depth=depth)
        self.tasks.append(task)
        return task

    def end(self, task: Task, state: str = "done") -> None:
        """A task ends."""
        task.at += 0.1
        self.emit(
            TaskMoved(
                id=self.name("moved"),
                at=task.at,
                scope=f"acme/{task.theme}",
                goal=task.goal,
                task=task.id,
                agent=task.agent,
                state=state,
            )
        )

    def wait(self, task: Task, subject: str, what: str = "reply") -> None:
        """A task begins to wait."""
        task.at += 0.05
        self.emit(WaitBegun(**self._where(task), what=what, subject=subject))

    def go_on(self, task: Task) -> None:
        """A task waits no more."""
        self.emit(WaitEnded(**self._where(task)))

    def claim(self, task: Task, resource: str) -> None:
        """A task takes a resource."""
        task.at += 0.05
        self.emit(Claimed(**self._where(task), resource=resource))

    def release(self, task: Task, resource: str) -> None:
        """A task gives a resource back."""
        task.at += 0.05
        self.emit(Released(**self._where(task), resource=resource))

    def ask_people(self, task: Task, target: str) -> None:
        """A request for approval."""
        task.at += 0.05
        self.emit(ApprovalOpened(**self._where(task), target=target))

    def judge(self, task: Task, subject: str, *, accepted: bool) -> None:
        """A verdict."""
        task.at += 0.05
        self.emit(Judged(**self._where(task), subject=subject, accepted=accepted))

    def _where(self, task: Task) -> dict[str, object]:
        return {
            "id": self.name("event"),
            "at": task.at,
            "scope": f"acme/{task.theme}",
            "goal": task.goal,
            "task": task.id,
            "agent": task.agent,
        }

    def open_goal(self, at: float, theme: str, caps: tuple[tuple[str, int], ...] = ()) -> str:
        """A goal of a theme."""
        goal = self.name("goal")
        self.goals.append(goal)
        known = THEMES[theme].split()
        self.emit(
            GoalOpened(
                id=self.name("opened"),
                at=at,
                scope=f"acme/{theme}",
                goal=goal,
                words=frozenset(known),
                criteria=(frozenset(known[:2]), frozenset(known[2:4])),
                caps=caps or (("steps", 100_000), ("money", 5_000)),
            )
        )
        return goal

    def close_goal(self, goal: str, at: float, theme: str) -> None:
        """A goal is completed."""
        self.emit(
            GoalClosed(
                id=self.name("closed"), at=at, scope=f"acme/{theme}", goal=goal, state="completed"
            )
        )
