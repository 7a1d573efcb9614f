"""Findings as people see them: rows of the feed, and the parts of a finding's page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from console.presenters import evidence, words
from console.queries.findings import Asked, Case
from orchestration.detection.findings import SEVERITIES, About
from orchestration.detection.findings import Response as Kind
from orchestration.models import Finding, Person, Response
from orchestration.vocabulary import FindingState, ResponseState

ICONS: Mapping[str, str] = {
    "coherence.loop": "refresh-cw",
    "coherence.ping-pong": "replace",
    "coherence.deadlock": "hourglass",
    "coherence.duplicate": "copy",
    "coherence.contradiction": "git-compare",
    "coherence.cascade": "network",
    "coherence.stall": "circle-pause",
    "coherence.orphan": "unplug",
    "coherence.goal-drift": "route",
    "coherence.opposition": "shield-x",
    "coherence.evaluators-disagree": "scale",
    "coherence.emergence": "lightbulb",
    "anomalies.baseline": "activity",
    "anomalies.never-seen": "eye",
    "anomalies.denial-burst": "ban",
    "anomalies.approval-flood": "inbox",
    "anomalies.budget-runaway": "wallet",
    "anomalies.silent-agent": "wifi-off",
    "anomalies.poor-data": "database",
}

CHOICES: Mapping[Kind, tuple[str, str, str]] = {
    Kind.FLAG: ("Flag", "flag", "Nothing that runs changes"),
    Kind.DAMP: ("Damp", "gauge", "Half a second before each step, for ten minutes"),
    Kind.PAUSE: ("Pause", "circle-pause", "No step starts; tasks keep what they hold and wait"),
    Kind.BREAK_DEADLOCK: ("Break the circle", "scissors", "End one wait; its task is cancelled"),
    Kind.MERGE_DUPLICATES: ("Merge", "fold-horizontal", "Drop the task that came second"),
    Kind.REPLAN: ("Plan anew", "waypoints", "The goal's planner plans what is left again"),
    Kind.REASSIGN: ("Reassign", "replace", "Tasks that have not begun are awarded anew"),
    Kind.QUARANTINE: ("Quarantine", "shield-x", "No step starts until somebody lets it out"),
    Kind.ESCALATE: ("Escalate", "chevrons-up", "To the top of the feed, as high"),
}
"""What each response is called, its icon, and what it does in a line."""

WILL: Mapping[Kind, Sequence[str]] = {
    Kind.FLAG: ["The finding stays in the feed. Nothing that runs changes."],
    Kind.DAMP: [
        "{agents} waits half a second before each step, from its next one on.",
        "After ten minutes it is at full speed again; you can undo it before.",
    ],
    Kind.PAUSE: [
        "No step of {agents} starts from now on; what is under way ends.",
        "Its tasks keep their place and go on when it is resumed.",
    ],
    Kind.BREAK_DEADLOCK: [
        "The task {victim} is cancelled; who waits for it is told that it was.",
        "The others of the circle go on.",
        "Undo begins the cancelled work again as a new task.",
    ],
    Kind.MERGE_DUPLICATES: [
        "The later task is dropped if it has not begun and nobody needs it.",
        "Undo begins it again as a new task.",
    ],
    Kind.REPLAN: ["The planner is given what is done and plans the rest anew."],
    Kind.REASSIGN: ["Tasks of it that wait to begin are given to whoever suits best now."],
    Kind.QUARANTINE: [
        "No step of {agents} starts, and no task is given to it.",
        "Undo lets it work again.",
    ],
    Kind.ESCALATE: ["It is shown as high to everybody who may see to it."],
}


def sentence(finding: Finding, names: Mapping[str, str]) -> str:
    """The title with the agents' names; those one may not see are named as such."""
    text = str(finding.title)
    for number, key in enumerate(finding.agents):
        text = text.replace(f"{{{number}}}", names.get(key, "an agent of another unit"))
    return text[:1].upper() + text[1:]


def row(finding: Finding, names: Mapping[str, str], abouts: Mapping[str, About]) -> dict[str, Any]:
    """One finding in the feed."""
    about = abouts.get(finding.detector)
    return {
        "id": str(finding.pk),
        "url": reverse("finding", args=[finding.pk]),
        "title": sentence(finding, names),
        "kind": about.title if about else finding.detector,
        "icon": ICONS.get(finding.detector, "activity"),
        "severity": finding.severity,
        "state": finding.state,
        "unit": finding.scope,
        "goal": finding.goal.title if finding.goal else "",
        "times": finding.times,
        "last_seen": finding.last_seen,
        "assignee": str(finding.assignee) if finding.assignee else "",
        "muted_until": finding.muted_until,
    }


def groups(rows: Iterable[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    """The rows under a heading each, in the order in which the headings first occur."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in rows:
        heading = {"kind": one["kind"], "goal": one["goal"] or "No goal", "unit": one["unit"]}
        found.setdefault(heading.get(by, ""), []).append(one)
    return [{"title": title, "findings": held} for title, held in found.items()]


def tabs(asked: Asked, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """The feed by state, and what is one's own."""
    labels = {"standing": "Standing", "muted": "Muted", "resolved": "Resolved"}
    address = reverse("anomalies")
    made = [
        {
            "label": label,
            "url": f"{address}?{urlencode({'state': state})}",
            "current": asked.state == state and not asked.mine,
            "count": counts[state],
        }
        for state, label in labels.items()
    ]
    mine = {"label": "Mine", "url": f"{address}?mine=1", "current": asked.mine, "count": None}
    return [made[0], mine, *made[1:]]


def choices(options: Iterable[tuple[str, str]], current: str) -> list[dict[str, Any]]:
    """Options of a select."""
    return [
        {"value": value, "label": label, "current": value == current} for value, label in options
    ]


def severity_options() -> list[tuple[str, str]]:
    """Severities, worst first."""
    return [(one.value, one.value.capitalize()) for one in reversed(SEVERITIES)]


# the page of one finding


def head(case: Case, about: About | None) -> dict[str, Any]:
    """What stands above everything else."""
    finding = case.finding
    names = {key: agent.name for key, agent in case.agents.items()}
    confidence = finding.confidence / 10
    return {
        "id": str(finding.pk),
        "title": sentence(finding, names),
        "kind": about.title if about else finding.detector,
        "icon": ICONS.get(finding.detector, "activity"),
        "severity": finding.severity,
        "state": finding.state,
        "confidence": f"{confidence:.0f} %",
        "confidence_tenths": finding.confidence,
        "sure": "exact" if about and about.exact else "by likeness and numbers",
        "found_at": finding.found_at,
        "figures": [
            {"label": name[:1].upper() + name[1:], "text": str(value)}
            for name, value in finding.figures.items()
        ],
        "assignee": str(finding.assignee) if finding.assignee else "Nobody",
        "muted_until": finding.muted_until,
        "reason": finding.reason,
        "why": about.sentence if about else "",
    }


def drawing(case: Case) -> dict[str, Any]:
    """The evidence as a picture."""
    finding = case.finding
    names = {key: agent.name for key, agent in case.agents.items()}

    def link(node: evidence.Node) -> str:
        step = case.steps.get(str(node["id"]))
        if step is not None:
            return reverse("decision", args=[step.pk])
        task = case.tasks.get(str(node["id"]))
        return reverse("task", args=[task.pk]) if task is not None else ""

    def look(node: evidence.Node) -> tuple[str, str]:
        step = case.steps.get(str(node["id"]))
        if step is not None:
            found = words.state_look("step", step.state)
            return found.tone, found.icon
        task = case.tasks.get(str(node["id"]))
        if task is not None:
            found = words.state_look("task", task.state)
            return found.tone, found.icon
        return "idle", {"resource": "lock", "goal": "target"}.get(str(node["kind"]), "circle-dot")

    def label(node: evidence.Node) -> str:
        task = case.tasks.get(str(node["id"]))
        return task.title if task is not None else str(node["label"])

    known = evidence.Known(names, link, look, label)
    over = any(one.kind == Kind.BREAK_DEADLOCK and one.state == "done" for one in case.responses)
    victim = str(finding.spared[0]) if finding.spared and not over else ""
    return evidence.picture(finding.nodes, finding.edges, known, victim)


def timeline(case: Case) -> list[dict[str, Any]]:
    """What led to it and what came after, oldest first: evidence, then what was done about it."""
    names = {key: agent.name for key, agent in case.agents.items()}
    found: list[dict[str, Any]] = [
        {
            "at": datetime.fromtimestamp(node["at"] / 1000, UTC),
            "text": _told_of(node, names, case),
            "icon": "circle-dot",
            "number": None,
        }
        for node in case.finding.nodes
        if node["at"]
    ]
    found.sort(key=lambda one: one["at"])
    found += [
        {
            "at": entry.recorded_at,
            "text": entry.kind.replace(".", " ").replace("_", " ").replace("-", " ").capitalize(),
            "icon": "flag" if entry.subject_kind == "finding" else "zap",
            "number": entry.pk,
        }
        for entry in case.entries
    ]
    return found


def _told_of(node: Mapping[str, Any], names: Mapping[str, str], case: Case) -> str:
    task = case.tasks.get(str(node["id"]))
    label = task.title if task is not None else str(node["label"])
    who = names.get(str(node["agent"]), "")
    return f"{who}: {label}" if who else label


def options(case: Case, about: About | None, possible: Iterable[Kind]) -> list[dict[str, Any]]:
    """Responses that fit, each with what it would do; those that can't be done now are left out."""
    names = [case.agents[key].name for key in case.finding.agents if key in case.agents]
    ladder = about.ladder if about else tuple(Kind)
    allowed = set(possible)
    victims = [case.tasks[key] for key in case.finding.spared if key in case.tasks]
    made = []
    for kind in ladder:
        if kind not in allowed or kind == Kind.FLAG:
            continue
        label, icon, text = CHOICES[kind]
        will = [
            line.format(
                agents=" and ".join(names) or "The agent",
                victim=victims[0].title if victims else "that loses least",
            )
            for line in WILL[kind]
        ]
        made.append(
            {
                "value": kind.value,
                "label": label,
                "icon": icon,
                "text": text,
                "will": will,
                "victims": [
                    {"value": str(task.pk), "label": task.title, "least": number == 0}
                    for number, task in enumerate(victims)
                ]
                if kind == Kind.BREAK_DEADLOCK
                else [],
            }
        )
    return made


def responses(case: Case) -> list[dict[str, Any]]:
    """What was done, proposed or refused, newest first."""
    return [_response(one) for one in case.responses]


def _response(one: Response) -> dict[str, Any]:
    label, icon, _ = CHOICES[Kind(one.kind)]
    state = ResponseState(one.state)
    said = {
        ResponseState.DENIED: "Policies denied it, so it was not carried out.",
        ResponseState.PROPOSED: "It waits for somebody who may intervene.",
    }
    return {
        "id": str(one.pk),
        "label": label,
        "icon": icon,
        "state": one.state,
        "by": "by itself" if one.automatic else f"by {one.person}",
        "at": one.created_at,
        "said": one.result or said.get(state, ""),
        "reasons": list(one.reasons) if state != ResponseState.DONE else [],
        "may_undo": state == ResponseState.DONE,
        "may_decide": state == ResponseState.PROPOSED,
    }


def similar(case: Case, abouts: Mapping[str, About]) -> list[dict[str, Any]]:
    """Earlier findings of the same kind, and how they ended."""
    names = {key: agent.name for key, agent in case.agents.items()}
    return [
        {**row(one, names, abouts), "found_at": one.found_at, "reason": one.reason}
        for one in case.similar
    ]


def acts(case: Case, person: Person, *, may_act: bool) -> dict[str, Any]:
    """What this person may do to the finding itself."""
    state = case.finding.state
    return {
        "may_act": may_act,
        "why_not": f"This needs the role operator or admin in {case.finding.scope}.",
        "take": may_act and case.finding.assignee_id != person.pk and _stands(state),
        "mute": may_act and _stands(state),
        "resolve": may_act and state != FindingState.RESOLVED,
        "reopen": may_act and state in {FindingState.RESOLVED, FindingState.MUTED},
        "assign": may_act and _stands(state),
        "people": [
            {
                "value": str(one.pk),
                "label": str(one),
                "current": one.pk == case.finding.assignee_id,
            }
            for one in case.able
        ],
        "url": reverse("finding", args=[case.finding.pk]),
    }


def _stands(state: str) -> bool:
    return state in {FindingState.OPEN, FindingState.ACKNOWLEDGED}
