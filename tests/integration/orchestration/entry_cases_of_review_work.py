"""Entries owed by review work, by exports, and by accounts of outside auditors."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from orchestration.models import Person, Review, Step
from orchestration.operations import auditors, exports, reviews
from orchestration.vocabulary import Role
from tests.integration.orchestration.entry_cases import Act, owes
from tests.integration.orchestration.scenes import Scene

# --- reviews


def sampled(scene: Scene) -> reviews.SampleSpec:
    """A sample of the one step of a goal that is held."""
    scene.hold_call()
    now = timezone.now()
    return reviews.SampleSpec(
        label="One",
        scope="acme",
        method="weighted",
        covers="everything",
        since=now - timedelta(hours=1),
        until=now + timedelta(hours=1),
        wanted=1,
        seed="seed",
    )


def reviewed(scene: Scene, verdict: str = "") -> tuple[Person, Review]:
    """A reviewer with one decision to judge, or one that they have judged."""
    person = scene.person("rita", Role.REVIEWER)
    reviews.draw_sample(spec=sampled(scene), person=person)
    review = Review.objects.get()
    if verdict:
        reviews.give_verdict(review=review, person=person, verdict=verdict, reason="because")
    return person, review


@owes(
    "reviews.draw_sample",
    ("sample.drawn", "sample", "person"),
    ("review.assigned", "review", "person"),
)
def _(scene: Scene) -> Act:
    person, spec = scene.person("rita", Role.REVIEWER), sampled(scene)
    return lambda: reviews.draw_sample(spec=spec, person=person)


@owes(
    "reviews.give_verdict",
    ("review.judged", "review", "person"),
    ("verdict.given", "verdict", "person"),
)
def _(scene: Scene) -> Act:
    person, review = reviewed(scene)
    return lambda: reviews.give_verdict(
        review=Review.objects.get(pk=review.pk), person=person, verdict="agree", reason="fine"
    )


@owes(
    "reviews.withdraw_verdict",
    ("review.reopened", "review", "person"),
    ("verdict.given", "verdict", "person"),
)
def _(scene: Scene) -> Act:
    person, review = reviewed(scene, "disagree")
    return lambda: reviews.withdraw_verdict(
        review=Review.objects.get(pk=review.pk), person=person, reason="too quick"
    )


@owes("reviews.annotate", ("decision.annotated", "annotation", "person"))
def _(scene: Scene) -> Act:
    person, review = reviewed(scene)
    return lambda: reviews.annotate(
        step=Step.objects.get(pk=review.step_id), person=person, remark="look at the payee"
    )


# --- exports


@owes("exports.note_export", ("ledger.exported", "ledger", "person"))
def _(scene: Scene) -> Act:
    taken = exports.Taken("csv", "kind:step.*", ["acme"], 3)
    return lambda: exports.note_export(person=scene.first, taken=taken)


# --- auditors


def admitted(scene: Scene) -> Person:
    """An outside auditor whose account is open."""
    made = auditors.admit_auditor(
        username="ines",
        display_name="Ines",
        unit=scene.unit,
        ends_at=timezone.now() + timedelta(days=1),
        person=scene.asker,
    )
    return made.person


@owes(
    "auditors.admit_auditor",
    ("auditor.admitted", "person", "person"),
    ("role.granted", "person", "person"),
)
def _(scene: Scene) -> Act:
    return lambda: admitted(scene)


@owes("auditors.move_end", ("auditor.end_moved", "person", "person"))
def _(scene: Scene) -> Act:
    key = admitted(scene).pk
    later = timezone.now() + timedelta(days=2)
    return lambda: auditors.move_end(
        auditor=Person.objects.get(pk=key), ends_at=later, person=scene.asker
    )


@owes("auditors.revoke_auditor", ("auditor.revoked", "person", "person"))
def _(scene: Scene) -> Act:
    key = admitted(scene).pk
    return lambda: auditors.revoke_auditor(
        auditor=Person.objects.get(pk=key), reason="done", person=scene.asker
    )


@owes("auditors.note_ended_accounts", ("auditor.ended", "person", "system"))
def _(scene: Scene) -> Act:
    Person.objects.filter(pk=admitted(scene).pk).update(ends_at=timezone.now())
    return auditors.note_ended_accounts
