"""Faults put into honest runs at random places, each with what a detector must say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from orchestration.detection.events import Event, TaskAdded
from orchestration.detection.findings import Finding
from tests.machinery.fleet_runs import THEMES, Fleet, Task, digest

LATE_S = 1500.0
"""A finding that comes later than this after its fault is not about it."""


@dataclass
class Fault:
    """A fault: whose detector must find it, when it begins, and what it is about."""

    detector: str
    at: float
    goals: set[str] = field(default_factory=set)
    tasks: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    targets: set[str] = field(default_factory=set)
    steps: list[str] = field(default_factory=list)
    """Ids of the steps that make the fault, in order; for the delay in steps."""

    def explains(self, finding: Finding) -> bool:
        """Whether a finding could be about this fault, whichever detector made it."""
        if not self.at - 1 <= finding.at <= self.at + LATE_S:
            return False
        about = finding.goal in self.goals or bool(self.tasks & set(finding.tasks))
        named = bool(self.agents & set(finding.agents))
        return about or named or any(target in finding.key for target in self.targets)


Inject = Callable[[Fleet, float], Fault]


def _fresh(fleet: Fleet, at: float, capability: str = "research", agent: str = "") -> Task:
    """A task in a goal of its own, so that faults do not meet."""
    theme = fleet.random.choice(list(THEMES))
    goal = fleet.open_goal(at - 3, theme)
    return fleet.add(goal, theme, capability, at - 2, agent=agent)


def _fault(detector: str, task: Task, at: float, began: int, fleet: Fleet) -> Fault:
    made = [e for e in fleet.events[began:] if e.goal == task.goal]
    return Fault(
        detector,
        at,
        goals={task.goal},
        tasks={e.task for e in made if e.task},
        agents={e.agent for e in made if e.agent},
        steps=[e.id for e in made],
    )


def loop(fleet: Fleet, at: float) -> Fault:
    """One call, or a cycle of up to four, again and again, after a few honest steps."""
    task, draw = _fresh(fleet, at), fleet.random
    for _ in range(draw.randint(0, 5)):
        fleet.read(task)
    began, start = len(fleet.events), task.at
    calls = [draw.randrange(10**9) for _ in range(draw.choice([1, 1, 1, 2, 2, 3, 4]))]
    for _ in range(draw.randint(6, 20)):
        for call in calls:
            if draw.random() < 0.1:
                fleet.step(task, act="journal.value", target="now", call="now", seconds=None)
            fleet.read(task, about=call, target=f"{task.theme}.lookup")
    return _fault("coherence.loop", task, start, began, fleet)


def ping_pong(fleet: Fleet, at: float) -> Fault:
    """Two or three agents hand a question round, or say the same to each other."""
    first, draw = _fresh(fleet, at), fleet.random
    began, start = len(fleet.events), first.at
    if draw.random() < 0.5:
        ring = ["check", "price", "inform"][: draw.choice([1, 1, 2])]
        agents = {c: fleet.agent_for(first.theme, c) for c in ring} | {"research": first.agent}
        task = first
        for turn in range(draw.randint(7, 12)):
            capability = [*ring, "research"][turn % (len(ring) + 1)]
            child = fleet.add(
                task.goal, task.theme, capability, task.at, parent=task, agent=agents[capability]
            )
            fleet.wait(task, child.id)
            task = child
    else:
        other = fleet.agent_for(first.theme, "price")
        peer = Task(fleet.name("task"), first.goal, other, first.theme, "pong", first.at)
        for _ in range(draw.randint(5, 9)):
            fleet.letter(first, other, "your turn")
            peer.at = first.at
            fleet.letter(peer, first.agent, "no, yours")
            first.at = peer.at
    return _fault("coherence.ping-pong", first, start, began, fleet)


def deadlock(fleet: Fleet, at: float) -> Fault:
    """Two to five tasks hold one thing each and wait for the next one's, in any order."""
    draw = fleet.random
    first = _fresh(fleet, at)
    began = len(fleet.events)
    ring = [first] + [
        fleet.add(first.goal, first.theme, draw.choice(["check", "book", "price"]), at)
        for _ in range(draw.randint(1, 4))
    ]
    names = [f"berth:{first.goal}-{number}" for number in range(len(ring))]
    for task, name in zip(ring, names, strict=True):
        for _ in range(draw.randint(0, 3)):
            fleet.read(task)
        fleet.claim(task, name)
    latest = max(task.at for task in ring)
    order = list(range(len(ring)))
    draw.shuffle(order)
    for place, number in enumerate(order):
        ring[number].at = latest + place * draw.uniform(0.1, 5)
        fleet.wait(ring[number], names[(number + 1) % len(ring)], "resource")
    closed = max(task.at for task in ring)
    return _fault("coherence.deadlock", first, closed, began, fleet)


def duplicate(fleet: Fleet, at: float) -> Fault:
    """Two tasks make the same writing call, or one question is asked twice."""
    first, draw = _fresh(fleet, at, "book"), fleet.random
    began = len(fleet.events)
    if draw.random() < 0.5:
        second = fleet.add(first.goal, first.theme, "check", at)
        thing, value = draw.randrange(10**9), draw.randrange(10**6)
        target = f"{first.theme}.submit"
        fleet.write(first, about=thing, value=value, target=target)
        fleet.read(first)
        second.at = first.at + draw.uniform(1, 60)
        fleet.write(second, about=thing, value=value, target=target)
        start = second.at
    else:
        words = fleet.words(first.theme, 9, "alpha", "beta", "gamma")
        for number in range(2):
            start = at + number * draw.uniform(2, 30)
            question = digest(first.goal, "q") if draw.random() < 0.5 else digest(number)
            fleet.add(first.goal, first.theme, "price", start, words=words, question=question)
    return _fault("coherence.duplicate", first, start, began, fleet)


def contradiction(fleet: Fleet, at: float) -> Fault:
    """Two agents set one thing differently without looking, or do and undo it."""
    first, draw = _fresh(fleet, at, "book"), fleet.random
    began = len(fleet.events)
    second = fleet.add(first.goal, first.theme, "price", at)
    thing, kind = draw.randrange(10**9), draw.choice(["tool", "verbs", "board", "flip"])
    first.at = second.at = at
    if kind == "tool":
        fleet.write(first, about=thing, value=1, target=f"{first.theme}.update")
        second.at = first.at + draw.uniform(0.5, 30)
        fleet.write(second, about=thing, value=2, target=f"{first.theme}.update")
    elif kind == "verbs":
        fleet.write(first, about=thing, value=0, target="crane.reserve")
        second.at = first.at + draw.uniform(0.5, 30)
        fleet.write(second, about=thing, value=0, target="crane.release")
    elif kind == "board":
        fleet.post(first, "plan/route", 1)
        second.at = first.at + draw.uniform(0.5, 30)
        fleet.post(second, "plan/route", 2)
    else:
        for turn in range(6):
            task = (first, second)[turn % 2]
            task.at = max(first.at, second.at) + draw.uniform(5, 20)
            fleet.look(task, "plan/price", turn)
            fleet.post(task, "plan/price", turn % 2, expects=True)
    return _fault("coherence.contradiction", first, at, began, fleet)


def cascade(fleet: Fleet, at: float) -> Fault:
    """Tasks beget tasks, messages multiply, or one agent writes to everybody."""
    first, draw = _fresh(fleet, at), fleet.random
    began = len(fleet.events)
    kind = draw.choice(["tasks", "messages", "fan-out"])
    if kind == "tasks":
        generation = [first]
        for _ in range(5):
            children = [
                fleet.add(parent.goal, parent.theme, "check", parent.at + 0.3, parent=parent)
                for parent in generation
                for _ in range(draw.choice([2, 2, 3]))
            ]
            generation = children[:40]
    elif kind == "messages":
        count, start = 3.0, (at // 2 + 1) * 2
        for bucket in range(9):
            for number in range(int(count)):
                first.at = start + 2 * bucket + 1.9 * number / count
                to = fleet.agent_for(first.theme, "inform")
                fleet.letter(first, to, (bucket, number), pause=0.0001)
            count *= draw.uniform(1.8, 2.4)
    else:
        for number in range(60):
            fleet.letter(first, f"agent-{number:04d}", number, pause=0.05)
    return _fault("coherence.cascade", first, at, began, fleet)


def stall(fleet: Fleet, at: float) -> Fault:
    """Two agents are busy with the same few things, or a goal just stands."""
    first, draw = _fresh(fleet, at), fleet.random
    began = len(fleet.events)
    if draw.random() < 0.5:
        second = fleet.add(first.goal, first.theme, "check", at)
        things = [draw.randrange(10**9) for _ in range(4)]
        for _ in range(80):
            task = draw.choice([first, second])
            task.at = max(first.at, second.at)
            fleet.read(task, about=draw.choice(things), target=f"{first.theme}.status", pause=0.5)
    else:
        fleet.read(first)
    return _fault("coherence.stall", first, at, began, fleet)


def orphan(fleet: Fleet, at: float) -> Fault:
    """Who asked is cancelled, and what it asked for goes on."""
    first = _fresh(fleet, at)
    began = len(fleet.events)
    child = fleet.add(first.goal, first.theme, "check", at, parent=first)
    fleet.wait(first, child.id)
    fleet.read(child)
    first.at = child.at
    fleet.end(first, "cancelled")
    start = first.at
    for _ in range(10):
        fleet.read(child)
    return _fault("coherence.orphan", first, start, began, fleet)


def goal_drift(fleet: Fleet, at: float) -> Fault:
    """An agent turns to another matter altogether, in a goal whose others go on."""
    first, draw = _fresh(fleet, at, agent=fleet.name("drifter")), fleet.random
    other = fleet.add(first.goal, first.theme, "check", at - 1, agent=fleet.name("reader"))
    for _ in range(40):
        fleet.read(other, pause=0.05)
    fleet.end(other)
    for _ in range(5):
        fleet.read(first, pause=0.3)
    began, start = len(fleet.events), first.at
    strange = [f"z{draw.randrange(10**6)}" for _ in range(30)]
    for _ in range(14):
        fleet.read(first, words=frozenset(draw.sample(strange, 6)))
    return _fault("coherence.goal-drift", first, start, began, fleet)


def opposition(fleet: Fleet, at: float) -> Fault:
    """One agent takes back what others of its goal did, thing after thing."""
    first, draw = _fresh(fleet, at, "book"), fleet.random
    began = len(fleet.events)
    against = fleet.add(first.goal, first.theme, "price", at)
    for _ in range(6):
        thing = draw.randrange(10**9)
        fleet.write(first, about=thing, value=0, target="berth.reserve", pause=3)
        against.at = first.at + draw.uniform(70, 110)
        fleet.write(against, about=thing, value=0, target="berth.release")
        first.at = against.at
    return _fault("coherence.opposition", first, at, began, fleet)


def disagreement(fleet: Fleet, at: float) -> Fault:
    """Two evaluators judge one result differently."""
    first = _fresh(fleet, at, "judge")
    began = len(fleet.events)
    second = fleet.add(first.goal, first.theme, "judge", at, purpose="evaluate")
    fleet.judge(first, f"{first.goal}:1", accepted=True)
    fleet.judge(second, f"{first.goal}:1", accepted=False)
    return _fault("coherence.evaluators-disagree", first, at, began, fleet)


def emergence(fleet: Fleet, at: float) -> Fault:
    """One way of doing a kind of task succeeds, the others often fail."""
    first, draw = _fresh(fleet, at), fleet.random
    began = len(fleet.events)
    kind = f"odd-{draw.randrange(10**6)}"
    for number in range(80):
        good = number % 2 == 0
        task = fleet.add(first.goal, first.theme, "check", at + number, kind=kind)
        for tool in ("alpha.search", "beta.lookup") if good else ("alpha.search",):
            fleet.read(task, target=tool, pause=0.2)
        fleet.end(task, "done" if draw.random() < (0.97 if good else 0.55) else "failed")
    return _fault("coherence.emergence", first, at, began, fleet)


def baseline(fleet: Fleet, at: float) -> Fault:
    """A tool that was steady becomes slow, dear, or failing."""
    task, draw = _fresh(fleet, at - 700), fleet.random
    tool, kind = f"steady-{draw.randrange(10**6)}.lookup", draw.choice(["slow", "dear", "failing"])
    agent = f"steady-{draw.randrange(10**6)}"
    task.agent = agent
    until = at + 60
    began = 0
    while task.at < until:
        bad = task.at >= at
        began = began or (len(fleet.events) if bad else 0)
        seconds = draw.lognormvariate(-1, 0.25) * (8 if bad and kind == "slow" else 1)
        cost = draw.choice([4, 5, 6]) * (20 if bad and kind == "dear" else 1)
        failed = draw.random() < (0.9 if bad and kind == "failing" else 0.02)
        fleet.read(
            task,
            target=tool,
            seconds=seconds,
            cost_minor=cost,
            state="failed" if failed else "done",
            blanks=None,
            pause=draw.uniform(0.8, 1.4),
        )
    fault = _fault("anomalies.baseline", task, at, began, fleet)
    fault.targets = {tool}
    return fault


def never_seen(fleet: Fleet, at: float) -> Fault:
    """A settled agent uses a tool it never used."""
    task, draw = _fresh(fleet, at - 300), fleet.random
    task.agent = f"settled-{draw.randrange(10**6)}"
    for _ in range(draw.randint(150, 250)):
        fleet.read(task, pause=1.0, target=f"{task.theme}.{draw.choice(['search', 'lookup'])}")
    began, start = len(fleet.events), task.at
    fleet.write(task, target=f"{task.theme}.export")
    fault = _fault("anomalies.never-seen", task, start, began, fleet)
    fault.agents = {task.agent}
    return fault


def denials(fleet: Fleet, at: float) -> Fault:
    """An agent tries one forbidden thing after the other."""
    task, draw = _fresh(fleet, at), fleet.random
    began = len(fleet.events)
    for _ in range(draw.randint(6, 12)):
        fleet.write(task, decision="deny", state="denied", outcome="no", seconds=None)
        if draw.random() < 0.3:
            fleet.read(task)
    return _fault("anomalies.denial-burst", task, at, began, fleet)


def flood(fleet: Fleet, at: float) -> Fault:
    """Approvals are asked for faster than anybody reads."""
    task = _fresh(fleet, at)
    task.theme = f"flooded-{fleet.random.randrange(10**6)}"
    for _ in range(5):
        fleet.ask_people(task, "flooded.submit")
        task.at += 60
    began, start = len(fleet.events), task.at
    for _ in range(60):
        task.at += fleet.random.uniform(0.1, 0.5)
        fleet.ask_people(task, "flooded.submit")
    return _fault("anomalies.approval-flood", task, start, began, fleet)


def runaway(fleet: Fleet, at: float) -> Fault:
    """A goal that spent little suddenly spends all it has."""
    theme = fleet.random.choice(list(THEMES))
    goal = fleet.open_goal(at - 200, theme, (("money", 2_000),))
    spender = fleet.name("spender")
    tasks = [fleet.add(goal, theme, "research", at - 199, agent=spender) for _ in range(6)]
    for number in range(180):
        fleet.read(tasks[number % 6], pause=6, cost_minor=3)
    began, task = len(fleet.events), tasks[0]
    start = task.at = max(one.at for one in tasks)
    for one in tasks[1:]:
        fleet.wait(one, goal, "approval")
    for _ in range(70):
        fleet.read(task, cost_minor=20, pause=0.8)
    return _fault("anomalies.budget-runaway", task, start, began, fleet)


def silence(fleet: Fleet, at: float) -> Fault:
    """An agent that took a step every second takes none any more."""
    task = _fresh(fleet, at - 60, agent=fleet.name("quiet"))
    for _ in range(50):
        fleet.read(task, pause=1.0)
    began, start = len(fleet.events), task.at
    # others of the goal go on, so that it does not stand as a whole
    other = fleet.add(task.goal, task.theme, "check", task.at, agent=fleet.name("reader"))
    for _ in range(60):
        fleet.read(other, pause=5.0)
    fault = _fault("anomalies.silent-agent", task, start, began, fleet)
    fault.tasks.add(task.id)
    return fault


def poor_data(fleet: Fleet, at: float) -> Fault:
    """A source begins to answer with gaps, or always the same."""
    task, draw = _fresh(fleet, at - 200, agent=fleet.name("reader")), fleet.random
    tool = f"source-{draw.randrange(10**6)}.lookup"
    for _ in range(120):
        fleet.read(task, target=tool, pause=1.5)
    began, start = len(fleet.events), task.at
    gaps = draw.random() < 0.5
    for _ in range(40):
        how = {"blanks": draw.uniform(0.6, 1.0)} if gaps else {"outcome": "the same"}
        fleet.read(task, target=tool, **how)
    fault = _fault("anomalies.poor-data", task, start, began, fleet)
    fault.targets = {tool}
    return fault


KINDS: tuple[Inject, ...] = (
    loop,
    ping_pong,
    deadlock,
    duplicate,
    contradiction,
    cascade,
    stall,
    orphan,
    goal_drift,
    opposition,
    disagreement,
    emergence,
    baseline,
    never_seen,
    denials,
    flood,
    runaway,
    silence,
    poor_data,
)


def inject(fleet: Fleet, kinds: tuple[Inject, ...], each: int) -> list[Fault]:
    """Put faults of each kind into a run, at random moments of it."""
    first = min(event.at for event in fleet.events)
    last = max(event.at for event in fleet.events)
    return [kind(fleet, fleet.random.uniform(first, last)) for kind in kinds for _ in range(each)]


def depth_of(events: list[Event]) -> int:
    """The deepest hand-over in a run; for telling that a run has hand-overs at all."""
    return max((e.depth for e in events if isinstance(e, TaskAdded)), default=0)
