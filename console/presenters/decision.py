"""The page of one decision: who asked, on which facts it was made, and its entries. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from console.presenters.inspector import Links, entry_line
from console.presenters.policy_explained import duty
from console.presenters.policy_source import tokens
from console.presenters.steps import PERSONAL
from orchestration.policy.personal import without_subjects

if TYPE_CHECKING:
    from console.queries.steps import StepStory

MICROSECONDS = 1_000


def facts(story: StepStory, links: Links) -> list[dict[str, Any]]:
    """Who is responsible and what the decision cost, for components/facts.html."""
    step = story.step
    risk, effect = step.risk or "low", step.tool_effect
    rows: list[dict[str, Any]] = [
        {"label": "State", "state": ("step", step.state)},
        {"label": "Agent", "text": step.agent.name, "url": links.agent(step.agent.slug)},
        {"label": "Version", "text": str(step.version.number), "note": step.version.autonomy},
        {"label": "Task", "text": step.task.title, "url": links.task(str(step.task_id))},
        {"label": "Risk", "state": ("risk", risk)},
        {
            "label": "Bundle",
            "text": str(step.bundle),
            "url": reverse("bundle", args=[step.bundle]) if step.bundle else "",
        },
        {"label": "Decided", "moment": step.decided_at},
        {"label": "Gate", "text": f"{step.gate_us / MICROSECONDS:.1f} ms"},
    ]
    if effect and effect != "internal":
        rows.insert(4, {"label": "Effect", "state": ("effect", effect)})
    return rows


def record(story: StepStory, links: Links) -> list[dict[str, Any]]:
    """Every entry of the ledger about the step, oldest first."""
    return [entry_line(one, links) for one in story.recorded]


def considered(story: StepStory) -> dict[str, Any] | None:
    """The request as the engine saw it, and the paths that are masked; None if it is not kept."""
    request = story.considered.get("request")
    if not request:
        return None
    act = request.get("act", {})
    labels = act.get("labels") or {}
    hidden = [f"act.arguments.{path}" for path, found in labels.items() if PERSONAL in found]
    told = {path: without_subjects(found) for path, found in labels.items()}
    return {"request": {**request, "act": {**act, "labels": told}}, "masked": hidden}


def duties(story: StepStory) -> list[dict[str, str]]:
    """The obligations that the decision laid on the step, as they were stored."""
    stored = story.considered.get("decision", {}).get("obligations", [])
    return [duty(one["kind"], one["value"], one["policy"]) for one in stored]


def text(key: str, number: int, source: str) -> dict[str, Any]:
    """A policy's text as the decision's bundle held it, in coloured lines."""
    lines = source.rstrip("\n").split("\n")
    return {
        "key": key,
        "version": number,
        "lines": [{"number": at, "tokens": tokens(line)} for at, line in enumerate(lines, 1)],
    }
