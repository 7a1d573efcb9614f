"""Parked work as people see it: what happened, what nobody knows, what they may decide. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from console.presenters import words
from console.presenters.approvals import masked_paths
from console.queries.parked import ParkedTask
from orchestration.vocabulary import ParkReason

EXPLAINED: Mapping[str, str] = {
    ParkReason.UNKNOWN: (
        "Its effect was begun and its outcome was never recorded. The tool can't be called twice"
        " with safety, so look outside whether it happened, and say so."
    ),
    ParkReason.DIVERGED: (
        "Run again, its code asked for another call than the one it had recorded at the same"
        " place. Nothing is guessed: begin again with a new journal, or give it up."
    ),
    ParkReason.OWNERLESS: (
        "No active agent has the capability it needs. Resume or register one, then offer it again."
    ),
    ParkReason.CRASHING: (
        "Its attempts died one after the other. Find out why before it is tried once more."
    ),
    ParkReason.LOOPING: (
        "It made the same calls again and again with the same result, was refused, and went on."
        " Begin again when the cause is gone, or give it up."
    ),
    ParkReason.ESCALATED: (
        "The goal's rounds of refinement are used up and its result was not accepted. Accept what"
        " there is, or let the goal fail."
    ),
}

Choice = dict[str, Any]
HAPPENED: Choice = {
    "value": "happened",
    "label": "It happened",
    "icon": "check",
    "text": "Record the outcome and go on after it",
}
DID_NOT: Choice = {
    "value": "did-not",
    "label": "It did not happen",
    "icon": "rotate-ccw",
    "text": "Do it again in a new generation",
}
RETRY: Choice = {
    "value": "retry",
    "label": "Begin again",
    "icon": "rotate-ccw",
    "text": "A new journal; outcomes of finished writing steps are used again",
}
GIVE_UP: Choice = {
    "value": "give-up",
    "label": "Give up",
    "icon": "x",
    "danger": True,
    "text": "The task fails; its goal is planned anew or fails",
}
ACCEPT: Choice = {
    "value": "accept",
    "label": "Accept the result",
    "icon": "check",
    "text": "The goal is completed as it is",
}
REJECT: Choice = {
    "value": "reject",
    "label": "Let the goal fail",
    "icon": "x",
    "danger": True,
    "text": "The goal fails with your reason",
}
CHOICES: Mapping[str, list[Choice]] = {
    ParkReason.UNKNOWN: [HAPPENED, DID_NOT, GIVE_UP],
    ParkReason.DIVERGED: [RETRY, GIVE_UP],
    ParkReason.OWNERLESS: [{**RETRY, "label": "Offer it again"}, GIVE_UP],
    ParkReason.CRASHING: [RETRY, GIVE_UP],
    ParkReason.ESCALATED: [ACCEPT, REJECT],
    ParkReason.LOOPING: [RETRY, GIVE_UP],
}


def tabs(current: str, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """All parked work, and each reason that occurs."""
    address = reverse("parked")
    every = {"label": "All", "url": address, "current": not current, "count": sum(counts.values())}
    return [
        every,
        *(
            {
                "label": words.state_look("parked", reason).label,
                "url": f"{address}?{urlencode({'reason': reason})}",
                "current": reason == current,
                "count": counts[reason],
            }
            for reason in ParkReason
            if counts.get(reason)
        ),
    ]


def item(parked: ParkedTask, *, may_resolve: bool) -> dict[str, Any]:
    """One parked task with the choices a person has."""
    task = parked.task
    first = parked.steps[0] if parked.steps else None
    given = parked.arguments.get(first.pk) if first else None
    call = {"act": first.act, "target": first.target, "arguments": given} if first else None
    return {
        "id": str(task.pk),
        "reason": task.park_reason,
        "title": task.title,
        "url": reverse("task", args=[task.pk]),
        "agent": task.agent.name if task.agent else "No agent",
        "agent_url": reverse("agent", args=[task.agent.slug]) if task.agent else reverse("agents"),
        "goal": task.goal.title,
        "goal_url": reverse("flow", args=[task.goal_id]),
        "since": task.since,  # type: ignore[attr-defined]
        "text": f"{_ended(task.reason)} {EXPLAINED.get(task.park_reason, '')}".strip(),
        "call": call or parked.brief,
        "call_masked": masked_paths(call or parked.brief),
        "other": parked.asked if call else None,
        "resolutions": CHOICES.get(task.park_reason, [RETRY, GIVE_UP]),
        "takes_outcome": task.park_reason == ParkReason.UNKNOWN,
        "resolve_url": reverse("parked-act", args=[task.pk]),
        "may_resolve": may_resolve,
        "why_not": f"Deciding this needs the role operator or admin in {task.scope}.",
    }


def _ended(sentence: str) -> str:
    text = sentence.strip()
    return text if not text or text[-1] in ".!?" else f"{text}."
