"""The decision flow of a goal as a picture: lanes of agents, steps as cards, and edges. Pure.

Steps come in the order of their decisions. Placing looks back only, so a step that is appended
moves none of the others (see console.presenters.lanes).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, pairwise
from typing import Any
from uuid import UUID

from console.presenters.lanes import place_all
from console.presenters.steps import card_effect, short_title

PEOPLE = "people"


@dataclass(frozen=True)
class Change:
    """An entry of the ledger about a step or a request: its number and what it says became."""

    seq: int
    became: str


@dataclass(frozen=True)
class StepRow:
    """A step as the flow needs it, with what the ledger says of it in order."""

    id: UUID
    task_id: UUID
    agent: str
    agent_name: str
    act: str
    target: str
    effect: str
    flagged: bool
    state: str
    generation: int
    ordinal: int
    created_at: datetime
    decided_at: datetime
    finished_at: datetime | None
    labels: Mapping[str, Any]
    decision: Mapping[str, Any] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()

    @property
    def seq(self) -> int:
        """The number of the entry in which the step was first decided."""
        return self.changes[0].seq if self.changes else 0


@dataclass(frozen=True)
class TaskRow:
    """A task as the flow needs it; `needs` are the tasks whose results it uses."""

    id: UUID
    key: str
    title: str
    purpose: str
    state: str
    parent_id: UUID | None
    agent: str | None
    created_at: datetime
    reason: str = ""
    needs: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class AskRow:
    """A request for approval with the answers so far."""

    id: UUID
    step_id: UUID
    state: str
    created_at: datetime
    decided_at: datetime | None
    expires_at: datetime
    quorum: int
    yes: int
    names: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def seq(self) -> int:
        """The number of the entry in which the request was opened."""
        return self.changes[0].seq if self.changes else 0


@dataclass(frozen=True)
class FlowRows:
    """Everything a picture is made of; `earlier` counts steps before the first one given."""

    started: datetime
    ended: datetime | None
    steps: Sequence[StepRow]
    tasks: Sequence[TaskRow]
    asks: Sequence[AskRow]
    earlier: int = 0


Edge = tuple[str, str, str]
"""From, to, and the kind of the edge."""


@dataclass
class _Links:
    """The edges into each node, found while going through the steps in their order."""

    into: dict[str, list[Edge]] = field(default_factory=dict)

    def add(self, source: str, target: str, kind: str) -> None:
        self.into.setdefault(target, []).append((source, target, kind))

    def before(self, target: str) -> list[str]:
        return [source for source, _, _ in self.into.get(target, [])]

    def all(self) -> list[Edge]:
        return [edge for edges in self.into.values() for edge in edges]


def flow_graph(rows: FlowRows, address: Callable[[str], str], now: datetime) -> dict[str, Any]:
    """Lanes, nodes and edges as static/js/flow.js takes them; `address` selects a step."""
    links = _links(rows)
    asks = {ask.step_id: ask for ask in rows.asks}
    order: list[tuple[str, str, list[str]]] = []
    for step in rows.steps:
        order.append((str(step.id), step.agent, links.before(str(step.id))))
        if step.id in asks:
            order.append((_ask_id(asks[step.id]), PEOPLE, [str(step.id)]))
    places = place_all(order)
    titles = {task.id: task.title for task in rows.tasks}
    nodes = []
    for step in rows.steps:
        spot = places[str(step.id)]
        card = _card(step, titles.get(step.task_id, ""), address)
        nodes.append({**card, "rank": spot.rank, "slot": spot.slot})
        ask = asks.get(step.id)
        if ask is not None:
            spot = places[_ask_id(ask)]
            asked = _ask_card(ask, address)
            nodes.append({**asked, "rank": spot.rank, "slot": spot.slot})
            links.add(str(step.id), _ask_id(ask), "waiting" if ask.state == "open" else "ask")
    return {
        "started": rows.started.isoformat(),
        "now": now.isoformat(),
        "ended": rows.ended.isoformat() if rows.ended else None,
        "earlier": rows.earlier,
        "seq": rows.steps[-1].seq if rows.steps else 0,
        "lanes": _lanes(rows),
        "nodes": nodes,
        "edges": [{"from": a, "to": b, "kind": kind} for a, b, kind in links.all()],
    }


def _links(rows: FlowRows) -> _Links:
    """Who followed from whom: the step before, the task needed, the step that asked."""
    links = _Links()
    taken = _Taken.of(rows)
    for task in rows.tasks:
        steps = taken.by_task.get(task.id, [])
        if not steps:
            continue
        for source, kind in taken.origins(task):
            links.add(str(source.id), str(steps[0].id), kind)
        for before, after in pairwise(steps):
            kind = "stopped" if after.effect == "deny" else _data_or_plain(before, after)
            links.add(str(before.id), str(after.id), kind)
    return links


def _data_or_plain(before: StepRow, after: StepRow) -> str:
    """Data flow is drawn where untrusted data came in and an exception came of it."""
    untrusted = any("untrusted" in found for found in before.labels.values())
    return "data" if untrusted and (after.effect != "allow" or after.flagged) else "plain"


@dataclass(frozen=True)
class _Taken:
    """The steps in the order of their decisions, and those of each task.

    Only steps before a task began count as what it began with: later ones must not move it.
    """

    by_task: Mapping[UUID, Sequence[StepRow]]
    steps: Sequence[StepRow]

    @classmethod
    def of(cls, rows: FlowRows) -> _Taken:
        by_task: dict[UUID, list[StepRow]] = {}
        for step in rows.steps:
            by_task.setdefault(step.task_id, []).append(step)
        return cls(by_task, sorted(rows.steps, key=_asked_at))

    def origins(self, task: TaskRow) -> Iterable[tuple[StepRow, str]]:
        """The steps a task began with: ends of what it needs, else what asked for or added it."""
        began = self.by_task[task.id][0].created_at
        needed = [_last(self.by_task.get(need, ()), began) for need in task.needs]
        ends = [(end, "needs") for end in needed if end is not None]
        if ends:
            return ends
        if task.parent_id is None:
            # a new plan or an evaluation follows from what was decided last before it was added
            found = _last(self.steps, task.created_at)
            return [] if found is None or found.task_id == task.id else [(found, "needs")]
        wanted = "task.ask" if task.purpose == "answer" else "task.add"
        asked = self.by_task.get(task.parent_id, ())
        opener = (s for s in asked if s.act == wanted and s.created_at >= task.created_at)
        kind = "ask" if wanted == "task.ask" else "plain"
        return [(step, kind) for step in islice(opener, 1)]


def _asked_at(step: StepRow) -> datetime:
    return step.created_at


def _last(steps: Sequence[StepRow], until: datetime) -> StepRow | None:
    """The last of the steps that was asked for before a moment."""
    before = bisect_right(steps, until, key=_asked_at)
    return steps[before - 1] if before else None


def _card(step: StepRow, task_title: str, address: Callable[[str], str]) -> dict[str, Any]:
    subtitle = task_title if step.act in {"tool.call", "result.publish"} else step.target
    return {
        "id": str(step.id),
        "lane": step.agent,
        "seq": step.seq,
        "at": step.created_at.isoformat(),
        "title": short_title(step.act, step.target),
        "subtitle": subtitle or task_title,
        "act": step.act,
        "effect": card_effect(step.effect, step.flagged),
        "state": step.state,
        "href": address(str(step.id)),
        **_history([_past_step(change, step) for change in step.changes]),
    }


def _history(forms: list[dict[str, Any]]) -> dict[str, Any]:
    """Earlier forms for replay, if there was more than one."""
    return {"history": forms} if len(forms) > 1 else {}


def _past_step(change: Change, step: StepRow) -> dict[str, Any]:
    """The step as an entry left it: a held one was a hold, whatever it is now."""
    became = {"held": "hold", "denied": "deny"}
    effect = became.get(change.became, card_effect("allow", step.flagged))
    return {"seq": change.seq, "effect": effect, "state": change.became}


ASK_LOOKS = {
    "open": ("hold", "waiting"),
    "opened": ("hold", "waiting"),
    "granted": ("allow", "done"),
    "consumed": ("allow", "done"),
    "denied": ("deny", "denied"),
    "expired": ("deny", "denied"),
    "withdrawn": ("none", "cancelled"),
}
ASK_TITLES = {
    "granted": "Approved",
    "consumed": "Approved",
    "denied": "Denied",
    "expired": "Time ran out",
    "withdrawn": "Withdrawn",
}


def _ask_card(ask: AskRow, address: Callable[[str], str]) -> dict[str, Any]:
    effect, state = ASK_LOOKS.get(ask.state, ("none", ask.state))
    return {
        "id": _ask_id(ask),
        "lane": PEOPLE,
        "seq": ask.seq,
        "at": ask.created_at.isoformat(),
        "title": ASK_TITLES.get(ask.state, "Approve?"),
        "subtitle": ", ".join(ask.names) or f"{ask.yes} of {ask.quorum} said yes",
        "act": "approval",
        "effect": effect,
        "state": state,
        "icon": "users",
        "href": address(str(ask.step_id)),
        **_history(
            [
                {"seq": change.seq, "effect": look[0], "state": look[1]}
                for change in ask.changes
                if (look := ASK_LOOKS.get(change.became))
            ]
        ),
    }


def _ask_id(ask: AskRow) -> str:
    return f"approval-{ask.id}"


def _lanes(rows: FlowRows) -> list[dict[str, str]]:
    """A lane for each agent in the order of their first steps, people last."""
    counted: dict[str, int] = {}
    names: dict[str, str] = {}
    for step in rows.steps:
        counted[step.agent] = counted.get(step.agent, 0) + 1
        names[step.agent] = step.agent_name
    lanes = [
        {
            "id": slug,
            "name": names[slug],
            "kind": "agent",
            "note": f"agent, {total} {'step' if total == 1 else 'steps'}",
        }
        for slug, total in counted.items()
    ]
    if rows.asks:
        lanes.append({"id": PEOPLE, "name": "People", "kind": PEOPLE, "note": "approvers"})
    return lanes
