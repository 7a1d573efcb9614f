"""Samples for the shelf: the shell, and flows of any length."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.paginator import Paginator

from console.presenters import charts
from console.presenters.lanes import Lanes

START = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
counter = {"asked": 0}
AGENTS = ("planner", "router", "customs", "finance")


def _entry(key: str, label: str, icon: str, letter: str, count: int = 0) -> dict[str, Any]:
    return {
        "key": key,
        "label": label,
        "url": f"/{key}",
        "icon": icon,
        "letter": letter,
        "count": count,
        "count_label": "waiting",
        "tone": "hold",
        "phone": True,
    }


def shell() -> dict[str, Any]:
    """What the context processor gives to every page."""
    entries = [
        _entry("overview", "Overview", "layout-dashboard", "o"),
        _entry("flow", "Decision flows", "workflow", "f"),
        _entry("approvals", "Approvals", "inbox", "a", 7),
    ]
    return {
        "install": "demo",
        "palette_url": "/palette",
        "sign_out_url": "/out",
        "nav": [{"title": "Operate", "entries": entries}],
        "seal": {
            "tone": "allow",
            "icon": "fingerprint",
            "title": "Ledger sealed",
            "text": "#4,182",
            "url": "/ledger",
        },
        "person": {"name": "Mina Rao", "initials": "MR", "role": "Operator"},
    }


def node(number: int, places: Lanes, before: list[str]) -> dict[str, Any]:
    """One step; every ninth is denied and every tenth flagged."""
    effect = "deny" if number % 9 == 8 else "flag" if number % 10 == 9 else "allow"
    lane = AGENTS[number % len(AGENTS)]
    placed = places.place(f"s{number}", lane, before)
    return {
        "id": f"s{number}",
        "lane": lane,
        "rank": placed.rank,
        "slot": placed.slot,
        "seq": 100 + number,
        "at": (START + timedelta(seconds=number)).isoformat(),
        "title": f"tool.{number}",
        "subtitle": f"call {number}",
        "act": "tool.call",
        "effect": effect,
        "state": "denied" if effect == "deny" else "done",
        "href": f"/inspector?step=s{number}",
    }


def flow(steps: int, *, ended: bool = False) -> dict[str, Any]:
    """A flow in which each agent goes on after its own last step, and all begin with the plan."""
    places = Lanes()
    nodes, edges = [], []
    for number in range(steps):
        lead = max(0, number - len(AGENTS))
        before = [f"s{lead}"] if number else []
        nodes.append(node(number, places, before))
        edges += [{"from": one, "to": f"s{number}", "kind": "plain"} for one in before]
    end = (START + timedelta(seconds=steps)).isoformat()
    return {
        "started": START.isoformat(),
        "now": end,
        "ended": end if ended else None,
        "seq": 100 + steps,
        "nodes": nodes,
        "edges": edges,
        "lanes": [{"id": name, "name": name, "kind": "agent", "note": "agent"} for name in AGENTS],
    }


def flow_page(steps: int, *, ended: bool = False) -> tuple[str, dict[str, Any]]:
    """The page of a flow with so many steps."""
    strip = {
        "state": "running",
        "running_for": 12,
        "decisions": {"allow": steps},
        "agents": 4,
        "bundle": "baseline",
        "cost": None,
        "entries": steps,
        "sealed": True,
    }
    tabs = [{"label": "Flow", "url": "/flow", "icon": "git-branch", "current": True}]
    return "flows/page.html", {
        "shell": shell(),
        "section": "flow",
        "flows_url": "/flows",
        "view": "flow",
        "tabs": tabs,
        "goal": {"id": "g", "title": "Move 12 containers", "short_id": "g1", "state": "running"},
        "strip": strip,
        "flow": flow(steps, ended=ended),
        "step": None,
    }


def inspector() -> tuple[str, dict[str, Any]]:
    """What the server answers when a step is selected."""
    return "flows/inspector.html", {
        "step": {
            "id": "s3",
            "number": 4,
            "effect": "allow",
            "state": "done",
            "title": "Search routes",
            "agent": "router",
            "agent_url": "/agents/router",
            "act": "routes.search",
            "reasons": [{"effect": "allow", "policy": "baseline.own-goal", "text": "own goal"}],
            "entry": {"index": 103},
            "bundle": 1,
            "attempt": 1,
            "generation": 1,
        },
    }


def palette() -> tuple[str, dict[str, Any]]:
    """What the palette finds."""
    entries = [
        {"label": "Approvals", "icon": "inbox", "url": "/approvals", "hint": "page"},
        {"label": "Decision flow", "icon": "workflow", "url": "/flow", "hint": "page"},
    ]
    return "components/palette_results.html", {"groups": [{"title": "Go to", "entries": entries}]}


def agents() -> tuple[str, dict[str, Any]]:
    """A list to move in by keyboard."""
    rows = [
        {
            "id": name,
            "slug": name,
            "name": name,
            "url": f"/{name}",
            "state": "active",
            "spark": [1, 3, 2],
            "per_minute": 4,
            "denied_share": 0.5,
            "budget_limit": None,
            "p95_ms": None,
            "last_act": "board.post",
        }
        for name in AGENTS
    ]
    page = Paginator(rows, 25).page(1)
    return "agents/list.html", {"shell": shell(), "section": "agents", "agents": rows, "page": page}


def live_agents() -> tuple[str, dict[str, Any]]:
    """The list of agents, open to live messages, with one more agent each time it is asked for."""
    template, context = agents()
    counter["asked"] += 1
    rows = [*context["agents"], *context["agents"][:1]]
    rows[-1] = {**rows[-1], "id": "new", "name": f"agent {counter['asked']}"}
    page = Paginator(rows, 25).page(1)
    return template, {**context, "agents": rows, "page": page, "live": {"url": "/live/"}}


def overview() -> tuple[str, dict[str, Any]]:
    """The overview with a chart and its table, open to live messages."""
    chart = charts.volume([{"allow": 40, "deny": 2}], {0: "14:00"})
    return "overview/page.html", {
        "shell": shell(),
        "section": "overview",
        "live": {"url": "/live/"},
        "figures": [{"label": "Decisions", "value": "42", "unit": "/min", "note": "last minute"}],
        "chart_wide": chart,
        "chart_narrow": chart,
        "chart_label": "Decisions per minute",
        "chart_rows": [{"at": START, "allow": 40, "flag": 0, "hold": 0, "deny": 2}],
        "asks_count": 0,
        "agents_count": 0,
    }


def agent() -> tuple[str, dict[str, Any]]:
    """The page of one agent that did a step a minute, then two."""
    values = [1] * 59 + [2]
    panel = {
        "title": "Rate",
        "unit": "steps a minute",
        "value": "1.0",
        "label": "Rate in the last hour: 1.0",
        "path": charts.line_path(values, charts.Box(300, 72, 2)),
        "values": values,
    }
    return "agents/page.html", {
        "shell": shell(),
        "section": "agents",
        "agents_url": "/agents",
        "agent": {"name": "Router", "state": "active", "role": "executor", "purpose": "Finds ways"},
        "panels": [panel, {**panel, "title": "Cost", "values": values[::-1]}],
    }
