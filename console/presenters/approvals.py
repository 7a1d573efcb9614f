"""The approvals inbox as its templates show it: rows, and the whole story of one request. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from console.presenters import formats
from console.queries.approvals import Story, yes_counts
from orchestration.models import Approval, Person, Step, Vote
from orchestration.operations.approvals import how_it_ended
from orchestration.policy.decision import Reason
from orchestration.policy.labels import ERASED, labels_at, leaves
from orchestration.policy.personal import without_subjects
from orchestration.vocabulary import ApprovalState

SECRET = re.compile(r"(^|_)(password|secret|token|api_?key|pin)$", re.IGNORECASE)
MINOR = "_minor"
MINOR_AMOUNT = re.compile(r"\b[a-z_]+_minor (-?\d+)\b")
CURRENCY = re.compile(r", currency ([A-Z]{3})\b")
YES, NO, BARRED, SILENT = "yes", "no", "barred", "none"
GRANTED = frozenset({ApprovalState.GRANTED, ApprovalState.CONSUMED})
COUNT_WORDS = {1: "one person", 2: "two people", 3: "three people", 4: "four people"}

Clause = Mapping[str, Any]


def address(tab: str = "waiting", **more: object) -> str:
    """The inbox with a tab, a page or a selected request."""
    asked = {"tab": tab} if tab != "waiting" else {}
    asked |= {name: str(value) for name, value in more.items() if value}
    query = urlencode(asked)
    return reverse("approvals") + (f"?{query}" if query else "")


def tabs(current: str, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """The two tabs of the inbox with their totals."""
    return [
        {
            "label": label,
            "url": address(key),
            "current": key == current,
            "count": counts[key],
        }
        for key, label in (("waiting", "Waiting"), ("decided", "Decided"))
    ]


def binding(approval: Approval, votes: Sequence[Vote]) -> tuple[int, Clause]:
    """How many have approved the clause that needs the most people still, and that clause."""
    counted = zip(yes_counts(approval.clauses, votes), approval.clauses, strict=True)
    none: tuple[int, Clause] = (0, {"quorum": 0, "roles": []})
    return max(counted, key=lambda one: (one[1]["quorum"] - one[0], one[1]["quorum"]), default=none)


def row(approval: Approval, *, tab: str = "waiting", current: object = None) -> dict[str, Any]:
    """One request in the list."""
    votes = list(approval.votes.all())
    yes, clause = binding(approval, votes)
    return {
        "id": str(approval.pk),
        "title": title(approval.title),
        "url": address(tab, sel=approval.pk),
        "current": str(approval.pk) == str(current or ""),
        "agent": approval.agent.name,
        "tool": approval.step.target,
        "expires_at": approval.expires_at,
        "yes": min(yes, clause["quorum"]),
        "quorum": clause["quorum"],
        "labels": [],
        "state": approval.state,
        "risk": approval.risk,
        "decided_at": approval.decided_at,
        "said": _said(approval, votes),
        "struck": tab == "waiting" and approval.state != ApprovalState.OPEN,
    }


def title(text: str) -> str:
    """A title with amounts in minor units put as people write money."""
    currency = CURRENCY.search(text)
    shown = CURRENCY.sub("", text) if MINOR_AMOUNT.search(text) else text
    code = currency[1] if currency else ""
    return MINOR_AMOUNT.sub(lambda found: formats.money(int(found[1]), code), shown)


def _said(approval: Approval, votes: Sequence[Vote]) -> str:
    """How it ended, and by whom if it was people."""
    word = "approved" if approval.state in GRANTED else str(approval.state)
    by_people = approval.state in GRANTED | {ApprovalState.DENIED} and votes
    return f"{word} by {votes[-1].person}" if by_people else word


def by_day(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows, already in the order of their end, under one heading for each day (UTC)."""
    return [
        {"title": f"{day:%d %b %Y}", "requests": list(together)}
        for day, together in groupby(rows, key=lambda one: one["decided_at"].date())
    ]


def groups(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows, already in the order of risk, under one heading for each risk."""
    return [
        {"risk": risk, "requests": list(together)}
        for risk, together in groupby(rows, key=lambda one: one["risk"])
    ]


def detail(story: Story, reader: Person, now: datetime, *, tab: str = "waiting") -> dict[str, Any]:
    """One request with everything a person needs to decide it."""
    approval, step = story.approval, story.approval.step
    goal, votes = approval.goal, story.votes
    _, clause = binding(approval, votes)
    span = (approval.expires_at - approval.created_at).total_seconds()
    rest = (approval.expires_at - now).total_seconds()
    return {
        **row(approval, tab=tab, current=approval.pk),
        "text": _what(step),
        "effect_class": step.tool_effect,
        "agent_url": reverse("agent", args=[approval.agent.slug]),
        "goal": goal.title,
        "goal_url": f"{reverse('flow', args=[goal.pk])}?step={step.pk}",
        "asked_for_by": str(goal.requested_by) if goal.requested_by else "",
        "reasons": reasons(story.decision, approval.clauses, story.preview.get("reasons", ())),
        "bundle": approval.bundle,
        "arguments": arguments(story.preview),
        "raw": story.preview.get("arguments"),
        "raw_masked": masked_paths(story.preview.get("arguments")),
        "asked_at": approval.created_at,
        "time_share": max(0, min(100, round(100 * rest / span))) if span > 0 else 0,
        "roles": " or ".join(clause["roles"]),
        "votes": standing(story, reader),
        "if_denied": if_denied(story),
        "story": [_earlier(one, approval) for one in reversed(story.earlier)],
        "similar": [_similar(one) for one in story.similar],
        "cost": _cost(step),
        "outcome": how_it_ended(approval),
        "digest": approval.digest,
        "step": step.ordinal,
        "generation": step.generation,
        "reference": str(approval.pk)[-12:],
    }


def _what(step: Step) -> str:
    kinds = {
        "irreversible": "cannot be undone",
        "write": "changes something outside",
        "read": "only reads",
    }
    kind = kinds.get(step.tool_effect, "stays inside Signalbox")
    return f"A call of {step.target} that {kind}."


def reasons(
    decision: Mapping[str, Any], clauses: Sequence[Clause], held_for: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Each rule that spoke, holds first, with the values it saw.

    `held_for` are the sentences that were shown when the step was held; they stand in for those of
    holding rules once the step was decided again with its approval.
    """
    said = {(one["policy"], one["rule"]): one for one in decision.get("reasons", ())}
    terms = {(one["policy"], one["rule"]): one for one in clauses}
    seen = [_reason(one, said, terms) for one in decision.get("rules_seen", ())]
    known = {(one["policy"], one["rule"]) for one in decision.get("rules_seen", ())}
    more = [
        _reason({**one, "result": "matched"}, said, terms)
        for key, one in said.items()
        if key not in known
    ]
    for one in seen:
        if one["effect"] == "hold" and not one["note"]:
            one["note"], one["seen"] = one["seen"], " ".join(held_for) or one["seen"]
    order = {"deny": 0, "hold": 1}
    return sorted(seen + more, key=lambda one: order.get(one["effect"], 2))


def _reason(rule: Mapping[str, Any], said: Mapping[Any, Any], terms: Mapping[Any, Any]) -> Any:
    key = (rule["policy"], rule["rule"])
    effect = rule["effect"] if rule["effect"] in {"allow", "hold", "deny"} else "flag"
    outcome = f"{rule['rule']}: {effect}"
    if key in terms:
        outcome += f", {_people(terms[key])}"
    reason = said.get(key)
    values = "; ".join(f"{name} is {_short(value)}" for name, value in rule["values"].items())
    sentence = Reason(**reason).sentence() if reason else values or "applies to every such call"
    return {
        "effect": effect,
        "policy": rule["policy"],
        "url": "" if rule["policy"] == "signalbox" else reverse("policy", args=[rule["policy"]]),
        "outcome": outcome,
        "seen": sentence,
        "note": rule.get("error") or (values if reason else ""),
    }


def _people(clause: Clause) -> str:
    count = COUNT_WORDS.get(clause["quorum"], f"{clause['quorum']} people")
    return f"{count} with the role {' or '.join(clause['roles'])}"


def _short(value: Any) -> str:
    return "withheld, personal" if isinstance(value, dict) and "withheld" in value else str(value)


def arguments(preview: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every leaf of the arguments, whole, with its labels and where it came from."""
    given, labels = preview.get("arguments"), preview.get("labels") or {}
    origin = preview.get("origin") or {}
    currency = given.get("currency", "") if isinstance(given, dict) else ""
    hidden = masked_paths(given)
    return [
        {
            "name": path or "value",
            "value": formats.masked(str(value)) if path in hidden else _shown(value),
            "gloss": _gloss(path, value, str(currency)),
            "mono": not isinstance(value, str),
            "masked": path in hidden,
            "labels": without_subjects(labels_at(labels, path)),
            "from": origin.get(path, ""),
        }
        for path, value in leaves(given)
    ]


def masked_paths(value: Any) -> list[str]:
    """The paths of leaves that hold secrets, told by their names."""
    return [path for path, _ in leaves(value) if SECRET.search(path.rpartition(".")[2])]


def _shown(value: Any) -> str:
    if value == ERASED:
        return formats.GONE
    return value if isinstance(value, str) else formats.pretty(value)


def _gloss(path: str, value: Any, currency: str) -> str:
    amount = path.endswith(MINOR) and isinstance(value, int)
    return formats.money(value, currency) if amount else ""


def standing(story: Story, reader: Person) -> list[dict[str, Any]]:
    """Who said what, who may still answer, and who may not and why."""
    lines = [
        {
            "who": str(vote.person),
            "you": vote.person_id == reader.pk,
            "verdict": YES if vote.verdict == Vote.Verdict.APPROVE else NO,
            "at": vote.created_at,
            "text": vote.reason,
        }
        for vote in story.votes
    ]
    if story.approval.state != ApprovalState.OPEN:
        return lines
    if story.mine is None:
        lines.append(_silent(reader, story.obstacle, you=True))
    lines.extend(_silent(person, obstacle) for person, obstacle in story.others)
    return lines


def _silent(person: Person, obstacle: str, *, you: bool = False) -> dict[str, Any]:
    text = obstacle if you else _of_another(obstacle)
    verdict = BARRED if obstacle else SILENT
    return {"who": str(person), "you": you, "verdict": verdict, "at": None, "text": text}


def _of_another(obstacle: str) -> str:
    """The sentence said to a person, said about that person."""
    first, _, _ = obstacle.partition(";")
    turned = {"You asked": "Asked", "You own": "Owns", "You wrote": "Wrote"}
    for told, about in turned.items():
        if first.startswith(told):
            return f"{about}{first.removeprefix(told)}."
    return obstacle


def if_denied(story: Story) -> list[dict[str, str]]:
    """What happens when it is denied or nobody answers; nothing to say once it has ended."""
    approval, goal = story.approval, story.approval.goal
    if approval.state != ApprovalState.OPEN:
        return []
    waits = story.dependants
    lines = [
        {"icon": "undo-2", "text": "Nothing was done, so nothing has to be undone."},
        {
            "icon": "bot",
            "text": f"{approval.agent.name} is told your reason and may find another way.",
        },
    ]
    if waits:
        tasks = "1 task waits" if waits == 1 else f"{waits} tasks wait"
        lines.append({"icon": "circle-x", "text": f"{tasks} for its result."})
    rounds = f"The goal is in round {goal.round} of {goal.max_rounds}."
    lines.append({"icon": "refresh-cw", "text": rounds})
    return lines


def _earlier(step: Step, approval: Approval) -> dict[str, Any]:
    labels = without_subjects(label for found in step.labels.values() for label in found)
    return {
        "number": step.ordinal,
        "url": f"{reverse('flow', args=[step.goal_id])}?step={step.pk}",
        "agent": approval.agent.name,
        "title": step.target or step.act,
        "text": step.act,
        "effect": "flag" if labels else step.effect,
        "label": ", ".join(labels),
        "at": step.decided_at,
    }


def _similar(approval: Approval) -> dict[str, Any]:
    votes = list(approval.votes.all())
    return {
        "effect": "allow" if approval.state in GRANTED else "deny",
        "title": title(approval.title),
        "url": address("decided", sel=approval.pk),
        "at": approval.decided_at,
        "text": approval.reason or (votes[-1].reason if votes else ""),
    }


def _cost(step: Step) -> list[dict[str, str]]:
    return (
        [{"name": "This call", "value": formats.money(step.cost_minor)}] if step.cost_minor else []
    )


def effect_of_vote(story: Story) -> str:
    """What an approval by the reader would bring about, in a sentence."""
    yes, clause = binding(story.approval, story.votes)
    missing = clause["quorum"] - yes - 1
    if missing > 0:
        more = "one more person has" if missing == 1 else f"{missing} more people have"
        return f"After you {more} to approve. One denial ends it."
    return "Yours is the last approval needed: the call is decided again and then runs at once."
