"""After-the-fact review: drawing samples of decisions, verdicts on them, and remarks.

Verdicts and remarks are entries themselves and never change: a later verdict supersedes the one
before, and taking a verdict back is a verdict as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from audit import ledger
from audit.entries import Actor
from orchestration.access.roles import holds, people_with_role
from orchestration.errors import IllegalTransition, InvalidInput, NotAllowed
from orchestration.models import Annotation, Person, Review, Sample, Step, Verdict, Vote
from orchestration.models.base import within
from orchestration.operations.changes import change, create
from orchestration.operations.people import actor_for
from orchestration.reviewing.sampling import FACTORS, Candidate, Drawn, draw
from orchestration.vocabulary import Effect, ReviewState, Role, SampleMethod, StepState, VerdictWord

LARGEST_SAMPLE = 500
MOST_READERS = 3
AT_ONCE = 5_000
"""Decisions fetched at a time while drawing."""

LONGEST_TEXT = 2_000

CONSEQUENTIAL = (
    ~Q(effect=Effect.ALLOW) | Q(flagged=True) | Q(tool_effect__in=["write", "irreversible"])
)
_COLUMNS = ("pk", "effect", "flagged", "tool_effect", "state", "risk", "labels")


@dataclass(frozen=True)
class SampleSpec:
    """What to draw; the fields are those of `models.Sample`."""

    label: str
    scope: str
    method: str
    covers: str
    since: datetime
    until: datetime
    wanted: int
    seed: str
    readers: int = 1


def population(spec: SampleSpec) -> QuerySet[Step]:
    """The decisions that a sample is drawn from."""
    steps = Step.objects.filter(
        within([spec.scope]), decided_at__gte=spec.since, decided_at__lt=spec.until
    )
    everything = spec.covers == Sample.Covers.EVERYTHING
    return steps if everything else steps.filter(CONSEQUENTIAL)


def draw_sample(*, spec: SampleSpec, person: Person) -> Sample:
    """Draw decisions for review and assign each to people who may judge it.

    Raises:
        NotAllowed: the person does not review the unit.
        InvalidInput: the sizes or times make no sense, or nothing was decided then.
    """
    if not holds(person, spec.scope, Role.REVIEWER):
        raise NotAllowed(f"This needs the role reviewer in {spec.scope}.")
    _check(spec)
    weighted = spec.method == SampleMethod.WEIGHTED
    drawn = draw(_candidates(spec), seed=spec.seed, size=spec.wanted, weighted=weighted)
    if not drawn.population:
        raise InvalidInput("no such decision was made in this unit and time")
    actor = actor_for(person)
    with ledger.transaction():
        sample = Sample(
            **vars(spec),
            person=person,
            weights={name: factor for name, (factor, _) in FACTORS.items()} if weighted else {},
            population=drawn.population,
            drawn=len(drawn.drawn),
        )
        create(sample, "sample.drawn", actor)
        _assign(sample, drawn.drawn, actor)
    return sample


def _check(spec: SampleSpec) -> None:
    problems = []
    if not 1 <= spec.wanted <= LARGEST_SAMPLE:
        problems.append(f"a sample has 1 to {LARGEST_SAMPLE} decisions")
    if not 1 <= spec.readers <= MOST_READERS:
        problems.append(f"a decision has 1 to {MOST_READERS} readers")
    if spec.since >= spec.until:
        problems.append("the time ends before it begins")
    if problems:
        raise InvalidInput(*problems)


def _candidates(spec: SampleSpec) -> Iterator[Candidate]:
    rows = population(spec).order_by().values_list(*_COLUMNS)
    for row in rows.iterator(chunk_size=AT_ONCE):
        yield Candidate(str(row[0]), traits_of(*row[1:]))


def traits_of(
    effect: str, flagged: bool, tool_effect: str, state: str, risk: str, labels: Any
) -> tuple[str, ...]:
    """What about a decision makes it more worth a look; keys of `sampling.FACTORS`."""
    said = {
        "irreversible": tool_effect == "irreversible",
        "write": tool_effect == "write",
        "held": effect == Effect.HOLD,
        "denied": effect == Effect.DENY,
        "flagged": flagged,
        "high-risk": risk == "high",
        "medium-risk": risk == "medium",
        "untrusted": "untrusted" in str(labels),
        "ended-badly": state in {StepState.FAILED, StepState.UNKNOWN},
    }
    return tuple(name for name, holds_true in said.items() if holds_true)


def _assign(sample: Sample, drawn: Sequence[Drawn], actor: Actor) -> None:
    """Spread the decisions evenly over those who review the unit and had no part in them."""
    steps = Step.objects.select_related("goal", "agent").in_bulk(
        [UUID(one.candidate.id) for one in drawn]
    )
    parts = involved(list(steps.values()))
    load: dict[UUID, int] = defaultdict(int)
    teams: dict[str, list[Person]] = {}
    for place, one in enumerate(drawn, start=1):
        step = steps[UUID(one.candidate.id)]
        team = teams.setdefault(step.scope, people_with_role(Role.REVIEWER, step.scope))
        able = [person for person in team if person.pk not in parts[step.pk]]
        able.sort(key=lambda person: load[person.pk])
        chosen: list[Person | None] = [*able[: sample.readers]]
        for reviewer in chosen or [None]:
            if reviewer is not None:
                load[reviewer.pk] += 1
            _open(sample, step, place, one, reviewer, actor)


def _open(
    sample: Sample, step: Step, place: int, drawn: Drawn, reviewer: Person | None, actor: Actor
) -> None:
    review = Review(
        sample=sample,
        step=step,
        goal_id=step.goal_id,
        scope=step.scope,
        reviewer=reviewer,
        place=place,
        weight=drawn.weight,
        traits=list(drawn.candidate.traits),
    )
    create(review, "review.assigned", actor)


def involved(steps: Sequence[Step]) -> dict[UUID, dict[UUID, str]]:
    """For each decision who had a part in it, and which; they do not review it."""
    found: dict[UUID, dict[UUID, str]] = {step.pk: {} for step in steps}
    for step in steps:
        if step.agent.owner_id:
            found[step.pk][step.agent.owner_id] = f"You own {step.agent.slug}"
        if step.goal.requested_by_id:
            found[step.pk][step.goal.requested_by_id] = "You asked for this goal"
    votes = Vote.objects.filter(approval__step__in=found).values_list("approval__step", "person")
    for step_key, person in votes:
        found[step_key][person] = "You answered its request for approval"
    return found


def why_not(*, review: Review, person: Person) -> str:
    """Why this person may not judge a decision, as a sentence; empty when they may."""
    if not holds(person, review.scope, Role.REVIEWER):
        return f"This needs the role reviewer in {review.scope}."
    if review.reviewer_id and review.reviewer_id != person.pk:
        return f"This is assigned to {review.reviewer}."
    part = involved([review.step])[review.step_id].get(person.pk, "")
    return f"{part}; someone else must review it." if part else ""


def give_verdict(*, review: Review, person: Person, verdict: str, reason: str) -> Verdict:
    """Say of a decision whether it was right; a verdict given before is superseded.

    Raises:
        NotAllowed: this person may not judge it. InvalidInput: no such verdict, or no reason.
        StaleWrite: somebody judged it since `review` was read.
    """
    if verdict not in set(VerdictWord) - {VerdictWord.WITHDRAWN}:
        raise InvalidInput(f"{verdict!r} is no verdict")
    return _say(review, person, VerdictWord(verdict), reason)


def withdraw_verdict(*, review: Review, person: Person, reason: str) -> Verdict:
    """Take a verdict back by one that supersedes it; the decision is to be judged again."""
    if review.state != ReviewState.JUDGED:
        raise IllegalTransition("There is no verdict to take back.")
    return _say(review, person, VerdictWord.WITHDRAWN, reason)


def _say(review: Review, person: Person, word: VerdictWord, reason: str) -> Verdict:
    obstacle = why_not(review=review, person=person)
    if obstacle:
        raise NotAllowed(obstacle)
    actor = actor_for(person)
    state = ReviewState.OPEN if word == VerdictWord.WITHDRAWN else ReviewState.JUDGED
    fields: dict[str, Any] = {} if review.state == state else {"state": state}
    if review.reviewer_id is None:
        fields["reviewer"] = person
    with ledger.transaction():
        verdict = Verdict(
            review=review,
            reviewer=person,
            verdict=word,
            reason=_text(reason),
            supersedes=review.verdicts.filter(superseded_by__isnull=True).last(),
        )
        change(review, f"review.{_REVIEW_KINDS[word]}", actor, **fields)
        return create(verdict, "verdict.given", actor, scope=review.scope, goal=review.goal_id)


_REVIEW_KINDS = {
    VerdictWord.AGREE: "judged",
    VerdictWord.DISAGREE: "judged",
    VerdictWord.FOLLOW_UP: "judged",
    VerdictWord.WITHDRAWN: "reopened",
}


def annotate(*, step: Step, person: Person, remark: str) -> Annotation:
    """Add a remark about a decision; raises NotAllowed without the role reviewer in its unit."""
    if not holds(person, step.scope, Role.REVIEWER):
        raise NotAllowed(f"This needs the role reviewer in {step.scope}.")
    with ledger.transaction():
        note = Annotation(step=step, person=person, remark=_text(remark))
        return create(
            note, "decision.annotated", actor_for(person), scope=step.scope, goal=step.goal_id
        )


def _text(given: str) -> str:
    text = given.strip().replace("\x00", "")
    if not text or len(text) > LONGEST_TEXT:
        raise InvalidInput(f"say why, in at most {LONGEST_TEXT} characters")
    return text
