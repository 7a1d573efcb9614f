"""What honest agents do, with the oddities that look like trouble and are none."""

from __future__ import annotations

from tests.machinery.fleet_runs import CAPABILITIES, THEMES, Fleet, Task, dice, digest


def work(fleet: Fleet, task: Task, most: int) -> None:
    """Honest work on one task, with now and then an oddity."""
    draw = fleet.random
    for _ in range(draw.randint(4, most)):
        kind = draw.random()
        if kind < 0.45:
            fleet.read(task)
        elif kind < 0.6:
            fleet.write(task)
        elif kind < 0.7:
            fleet.post(task, f"{task.theme}/{task.id}", draw.random())
        elif kind < 0.8:
            fleet.letter(task, fleet.agent_for(task.theme, "inform"), draw.random())
        else:
            draw.choice(ODDITIES)(fleet, task)


def _thing(fleet: Fleet) -> int:
    return fleet.random.randrange(10**9)


def retry(fleet: Fleet, task: Task) -> None:
    """A call that fails once or twice and then does not."""
    thing = _thing(fleet)
    for _ in range(fleet.random.randint(1, 2)):
        fleet.read(task, about=thing, state="failed", outcome="timeout", blanks=None)
    fleet.read(task, about=thing)


def poll(fleet: Fleet, task: Task) -> None:
    """One question again and again, with other answers."""
    thing, target = _thing(fleet), f"{task.theme}.status"
    for turn in range(fleet.random.randint(3, 9)):
        fleet.read(task, about=thing, target=target, outcome=digest(thing, turn))


def ask(fleet: Fleet, task: Task) -> None:
    """A question to a peer, who may ask back once."""
    if task.depth < 2:
        _ask(fleet, task, back=fleet.random.random() < 0.5)


def haggle(fleet: Fleet, task: Task) -> None:
    """Letters to and fro whose offers change."""
    thing, other = _thing(fleet), fleet.agent_for(task.theme, "price")
    peer = Task(fleet.name("task"), task.goal, other, task.theme, "haggling", task.at)
    for offer in range(fleet.random.randint(3, 6)):
        fleet.letter(task, other, ("offer", thing, offer))
        peer.at = task.at
        fleet.letter(peer, task.agent, ("counter", thing, offer))
        task.at = peer.at


def update(fleet: Fleet, task: Task) -> None:
    """A look at what others wrote, and then a change of it."""
    thing, key = _thing(fleet), f"{task.theme}/shared-{fleet.random.randrange(20)}"
    fleet.look(task, key, thing)
    fleet.post(task, key, thing, expects=True)


def denied(fleet: Fleet, task: Task) -> None:
    """A denial or two, of which the agent takes note."""
    for _ in range(fleet.random.randint(1, 2)):
        fleet.write(task, decision="deny", state="denied", outcome="no", seconds=None)


def reread(fleet: Fleet, task: Task) -> None:
    """The same question now and then, between others."""
    thing = _thing(fleet)
    for _ in range(fleet.random.randint(2, 3)):
        fleet.read(task, about=thing)
        fleet.read(task)


def approval(fleet: Fleet, task: Task) -> None:
    """A request that people see."""
    fleet.ask_people(task, f"{task.theme}.submit")


def hold_a_while(fleet: Fleet, task: Task) -> None:
    """A resource that is taken and given back."""
    resource = f"slot:{task.theme}-{_thing(fleet)}"
    fleet.claim(task, resource)
    fleet.read(task)
    fleet.release(task, resource)


def tell_the_team(fleet: Fleet, task: Task) -> None:
    """One letter to each of a few."""
    thing = _thing(fleet)
    for number in range(fleet.random.randint(5, 15)):
        fleet.letter(task, f"agent-{number:04d}", (thing, number), pause=0.2)


def look_at_the_clock(fleet: Fleet, task: Task) -> None:
    """The time, several times."""
    for _ in range(fleet.random.randint(2, 6)):
        fleet.step(task, act="journal.value", target="now", call="now", outcome="", seconds=None)


ODDITIES = (
    retry,
    poll,
    ask,
    haggle,
    update,
    denied,
    reread,
    approval,
    hold_a_while,
    tell_the_team,
    look_at_the_clock,
)


def _ask(fleet: Fleet, task: Task, *, back: bool) -> None:
    """Ask a peer and wait; the peer may ask back once, for what it does not know."""
    peer = fleet.add(
        task.goal,
        task.theme,
        fleet.random.choice(["research", "check", "price"]),
        task.at + 0.1,
        parent=task,
    )
    fleet.wait(task, peer.id)
    if back:
        own = fleet.add(task.goal, task.theme, "research", peer.at, parent=peer, agent=task.agent)
        fleet.wait(peer, own.id)
        fleet.read(own)
        fleet.end(own)
        peer.at = own.at + 0.1
        fleet.go_on(peer)
    fleet.read(peer)
    fleet.end(peer)
    task.at = peer.at + 0.1
    fleet.go_on(task)


def run_goal(fleet: Fleet, at: float) -> float:
    """One goal from its plan to its close; returns when it closed."""
    theme = fleet.random.choice(list(THEMES))
    goal = fleet.open_goal(at, theme)
    plan = fleet.add(goal, theme, "plan", at + 0.2, purpose="plan")
    fleet.read(plan)
    fleet.end(plan)
    ended = plan.at
    for _ in range(fleet.random.randint(3, 10)):
        capability = fleet.random.choice(CAPABILITIES[1:])
        task = fleet.add(goal, theme, capability, plan.at + fleet.random.uniform(0.1, 20))
        work(fleet, task, 24)
        good = fleet.random.random() < 0.95
        fleet.end(task, "done" if good else "failed")
        ended = max(ended, task.at)
    judge = fleet.add(goal, theme, "judge", ended + 0.5, purpose="evaluate")
    fleet.judge(judge, f"{goal}:1", accepted=True)
    fleet.end(judge)
    fleet.close_goal(goal, judge.at + 0.2, theme)
    return judge.at + 0.2


def clean_run(seed: int, *, goals: int, agents: int = 200, every: float = 2.0) -> Fleet:
    """An honest run of so many goals, one beginning every few seconds."""
    fleet = Fleet(dice(seed), agents)
    at = fleet.started
    for _ in range(goals):
        run_goal(fleet, at)
        at += fleet.random.expovariate(1 / every)
    return fleet
