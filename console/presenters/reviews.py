"""Review work as pages show it: rows, why a decision was drawn, verdicts, and their sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse

from console.presenters import formats
from console.presenters.steps import plain_title
from console.queries.reviews import Figures
from orchestration.models import Annotation, Review, Sample, Unit, Verdict
from orchestration.reviewing.agreement import share
from orchestration.reviewing.sampling import FACTORS
from orchestration.vocabulary import SampleMethod, VerdictWord

LOOKS: Mapping[str, tuple[str, str, str]] = {
    VerdictWord.AGREE: ("Agree", "allow", "circle-check"),
    VerdictWord.DISAGREE: ("Disagree", "deny", "circle-x"),
    VerdictWord.FOLLOW_UP: ("Needs follow-up", "hold", "flag"),
    VerdictWord.WITHDRAWN: ("Taken back", "idle", "rotate-ccw"),
}
"""Label, tone and icon of each verdict."""

CHOICES = (
    (VerdictWord.AGREE, "a", "The decision was right"),
    (VerdictWord.DISAGREE, "d", "It should have been decided otherwise"),
    (VerdictWord.FOLLOW_UP, "f", "Somebody has to look into it"),
)
METHODS = {
    SampleMethod.RANDOM: "each decision was as likely as any other",
    SampleMethod.WEIGHTED: "the more risk, the likelier; the factors are below",
}
MOST_AGENTS = 8


def row(review: Review, verdict: str = "") -> dict[str, Any]:
    """One review in a list."""
    step = review.step
    return {
        "id": str(review.pk),
        "url": reverse("review", args=[review.pk]),
        "title": plain_title(step.act, step.target),
        "agent": step.agent.name,
        "goal": step.goal.title,
        "effect": step.effect,
        "at": step.decided_at,
        "weight": review.weight,
        "because": because(review),
        "place": review.place,
        "sample": review.sample.label,
        "reviewer": str(review.reviewer) if review.reviewer else "anybody",
        "verdict": look(verdict) if verdict else None,
    }


def because(review: Review) -> str:
    """Why a decision weighs what it weighs, in words."""
    known = [FACTORS[trait][1] for trait in review.traits if trait in FACTORS]
    return "; ".join(known) or "nothing about it stands out"


def look(verdict: str) -> dict[str, str]:
    """How a verdict is shown."""
    label, tone, icon = LOOKS[VerdictWord(verdict)]
    return {"label": label, "tone": tone, "icon": icon}


def choices() -> list[dict[str, str]]:
    """The verdicts a person may give, each with its key."""
    return [
        {"value": word.value, "key": key, "text": text, **look(word)} for word, key, text in CHOICES
    ]


def samples(found: Sequence[Sample]) -> list[dict[str, Any]]:
    """Samples with how far they are judged."""
    return [
        sample(one) | {"judged": one.judged, "assigned": one.assigned}  # type: ignore[attr-defined]
        for one in found
    ]


def sample(one: Sample) -> dict[str, Any]:
    """A sample with how it was drawn."""
    return {
        "id": str(one.pk),
        "url": reverse("sample", args=[one.pk]),
        "label": one.label,
        "scope": one.scope,
        "method": one.method,
        "means": METHODS[SampleMethod(one.method)],
        "covers": one.covers,
        "since": one.since,
        "until": one.until,
        "seed": one.seed,
        "population": one.population,
        "drawn": one.drawn,
        "readers": one.readers,
        "by": str(one.person),
        "at": one.created_at,
        "weights": [
            {"factor": factor, "text": FACTORS[trait][1] if trait in FACTORS else trait}
            for trait, factor in one.weights.items()
        ],
    }


def history(found: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Verdicts on one decision; all but the last are superseded."""
    last = found[-1].pk if found else None
    return [
        {
            **look(one.verdict),
            "who": str(one.reviewer),
            "reason": one.reason,
            "at": one.created_at,
            "superseded": one.pk != last,
        }
        for one in found
    ]


def remarks(found: Sequence[Annotation]) -> list[dict[str, Any]]:
    """Remarks about one decision."""
    return [{"who": str(one.person), "text": one.remark, "at": one.created_at} for one in found]


def figures(found: Figures) -> dict[str, Any]:
    """What verdicts add up to, in words and shares."""
    total = sum(found.said.values())
    return {
        "total": total,
        "said": [
            {**look(word), "count": found.said[word], "share": _percent(found.said[word], total)}
            for word, _, _ in CHOICES
        ],
        "by_effect": _table(found.by_effect),
        "by_agent": _table(found.by_agent)[:MOST_AGENTS],
        "estimate": _estimate(found.random),
        "alike": _alike(found),
    }


def _table(counted: Mapping[str, Counter[str]]) -> list[dict[str, Any]]:
    """One line for each value, those disagreed with most often first."""
    lines = [
        {
            "name": name,
            "total": sum(words.values()),
            "disagree": words[VerdictWord.DISAGREE],
            "share": _percent(words[VerdictWord.DISAGREE], sum(words.values())),
        }
        for name, words in counted.items()
    ]
    return sorted(lines, key=lambda one: (-one["disagree"], -one["total"], one["name"]))


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def _estimate(random: Counter[str]) -> str:
    """What random samples say of all decisions they were drawn from."""
    found = share(random[VerdictWord.DISAGREE], sum(random.values()))
    if found is None:
        return "No random sample has been judged, so nothing can be said of all decisions."
    low, high = round(100 * found.low, 1), round(100 * found.high, 1)
    return (
        f"Of all decisions that random samples stand for, {low} to {high} % would be disagreed"
        f" with ({formats.number(found.part)} of {formats.number(found.whole)} judged; 95 %"
        " confidence)."
    )


def _alike(found: Figures) -> str:
    alike = found.alike
    if not alike.pairs:
        return "No decision was judged by two people yet."
    beyond = "" if alike.kappa is None else f", kappa {alike.kappa:.2f}"
    return (
        f"Two people judged {formats.number(alike.pairs)} decisions and agreed on"
        f" {formats.number(alike.alike)}{beyond}."
    )


def units(found: Sequence[Unit]) -> list[dict[str, str]]:
    """Units to draw from."""
    return [{"scope": one.scope, "label": f"{one.name} ({one.scope})"} for one in found]


def keyed(found: Mapping[UUID, str], reviews: Sequence[Review]) -> list[dict[str, Any]]:
    """Rows of reviews with their standing verdicts."""
    return [row(one, found.get(one.pk, "")) for one in reviews]
