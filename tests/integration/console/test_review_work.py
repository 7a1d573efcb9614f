"""Review work: drawn so that it can be drawn again, judged by who had no part in it, undone."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit import payloads
from audit.models import Entry
from orchestration.errors import IllegalTransition, InvalidInput, NotAllowed, StaleWrite
from orchestration.models import Person, Review, Sample, Verdict
from orchestration.operations import approvals, reviews
from orchestration.reviewing.sampling import FACTORS, weight
from orchestration.vocabulary import Role
from tests.integration.console.desk import Desk, signed_in


def spec(**given: Any) -> reviews.SampleSpec:
    """A sample of all that was decided within an hour."""
    now = timezone.now()
    wanted = {
        "label": "Of the hour",
        "scope": "acme",
        "method": "weighted",
        "covers": "everything",
        "since": now - timedelta(hours=1),
        "until": now + timedelta(hours=1),
        "wanted": 50,
        "seed": "seed",
    }
    return reviews.SampleSpec(**{**wanted, **given})


@pytest.fixture
def reviewer(desk: Desk) -> Person:
    """The reviewer of the first organisation, in which a payment is held."""
    desk.hold_payment()
    return desk.here[Role.REVIEWER]


def held(sample: Sample) -> Review:
    """The review of the payment that was held."""
    return sample.reviews.get(step__effect="hold")


def page(person: Person, address: str) -> Any:
    return signed_in(person).get(address).context


def test_a_sample_says_how_it_was_drawn_and_gives_the_same_again(reviewer: Person) -> None:
    first = reviews.draw_sample(spec=spec(wanted=2), person=reviewer)
    again = reviews.draw_sample(spec=spec(wanted=2), person=reviewer)
    other = reviews.draw_sample(spec=spec(wanted=2, seed="another"), person=reviewer)
    steps = [
        list(one.reviews.order_by("place").values_list("step", flat=True))
        for one in (first, again, other)
    ]
    assert steps[0] == steps[1]
    assert first.population == reviews.population(spec()).count()
    said = json.loads(Entry.objects.filter(kind="sample.drawn").earliest("id").body)["data"]["set"]
    assert (said["method"], said["seed"], said["wanted"]) == ("weighted", "seed", 2)
    assert said["weights"] == {name: factor for name, (factor, _) in FACTORS.items()}


def test_what_changed_nothing_is_left_out_of_consequential_samples(reviewer: Person) -> None:
    sample = reviews.draw_sample(spec=spec(covers="consequential"), person=reviewer)
    effects = set(sample.reviews.values_list("step__effect", "step__tool_effect"))
    assert effects == {("hold", "irreversible")}
    assert {"irreversible", "held"} <= set(held(sample).traits)
    assert held(sample).weight == weight(held(sample).traits)
    shown = page(reviewer, f"/audit/review/{held(sample).pk}/")["review"]
    assert "its effect can't be undone" in shown["because"]


def test_nobody_judges_what_they_had_a_part_in(desk: Desk, reviewer: Person) -> None:
    """The first approver is made a reviewer as well, and answers the request for approval."""
    from orchestration.operations.changes import SYSTEM
    from orchestration.operations.people import grant_role

    first = desk.here[Role.APPROVER]
    grant_role(person=first, unit=desk.unit, role=Role.REVIEWER, actor=SYSTEM)
    step = reviews.population(spec(covers="consequential")).get()
    asked = step.approvals.get()
    approvals.cast_vote(
        approval_id=asked.pk, person=first, verdict="approve", reason="ok", digest=asked.digest
    )
    sample = reviews.draw_sample(spec=spec(covers="consequential", readers=2), person=reviewer)
    assert [one.reviewer for one in sample.reviews.all()] == [reviewer]
    review = held(sample)
    Review.objects.filter(pk=review.pk).update(reviewer=None)
    review.refresh_from_db()
    with pytest.raises(NotAllowed, match="answered its request for approval"):
        reviews.give_verdict(review=review, person=first, verdict="agree", reason="mine")
    barred = page(Person.objects.get(pk=first.pk), f"/audit/review/{review.pk}/")["barred"]
    assert "someone else must review it" in barred


def test_a_verdict_is_superseded_and_never_changed(desk: Desk, reviewer: Person) -> None:
    sample = reviews.draw_sample(spec=spec(covers="consequential"), person=reviewer)
    client, review = signed_in(reviewer), held(sample)
    address = f"/audit/review/{review.pk}/"
    for word, reason in (("agree", "plausible"), ("disagree", "not so"), ("withdrawn", "unsure")):
        review.refresh_from_db()
        said = {"verdict": word, "reason": reason, "revision": review.revision}
        assert client.post(f"{address}judge/", said).status_code == 302
    chain = list(Verdict.objects.order_by("created_at"))
    assert [one.verdict for one in chain] == ["agree", "disagree", "withdrawn"]
    assert [one.supersedes for one in chain] == [None, *chain[:2]]
    shown = client.get(address).context
    assert [one["superseded"] for one in shown["history"]] == [True, True, False]
    assert shown["review"]["state"] == "open"
    assert page(reviewer, "/audit/review/")["figures"]["total"] == 0
    entries = Entry.objects.filter(kind="verdict.given").order_by("id")
    reasons = [json.loads(one.body)["data"]["set"]["reason"] for one in entries]
    assert [payloads.load(digest) for digest in reasons] == ["plausible", "not so", "unsure"]


def test_two_verdicts_at_once_are_one_and_a_refusal(reviewer: Person) -> None:
    sample = reviews.draw_sample(spec=spec(covers="consequential"), person=reviewer)
    first, second = held(sample), held(sample)
    reviews.give_verdict(review=first, person=reviewer, verdict="agree", reason="fine")
    with pytest.raises((StaleWrite, IllegalTransition)):
        reviews.give_verdict(review=second, person=reviewer, verdict="disagree", reason="bad")
    assert Verdict.objects.count() == 1


def test_figures_say_how_often_people_disagree(desk: Desk, reviewer: Person) -> None:
    second = desk.person("rhea", Role.REVIEWER)
    sample = reviews.draw_sample(spec=spec(method="random", readers=2, wanted=4), person=reviewer)
    for review in sample.reviews.all():
        word = "disagree" if review.place == 1 and review.reviewer == second else "agree"
        assert review.reviewer is not None
        reviews.give_verdict(review=review, person=review.reviewer, verdict=word, reason="so")
    shown = page(reviewer, f"/audit/review/samples/{sample.pk}/")["figures"]
    judged = sample.drawn
    assert shown["total"] == 2 * judged
    assert f"agreed on {judged - 1}" in shown["alike"]
    assert f"(1 of {2 * judged} judged" in shown["estimate"]


def test_remarks_are_entries_and_stay(desk: Desk, reviewer: Person) -> None:
    sample = reviews.draw_sample(spec=spec(covers="consequential"), person=reviewer)
    address = f"/audit/review/{held(sample).pk}/"
    signed_in(reviewer).post(f"{address}remark/", {"remark": "Ask about <the> payee"})
    assert "Ask about &lt;the&gt; payee" in signed_in(reviewer).get(address).content.decode()
    assert Entry.objects.filter(kind="decision.annotated", goal=desk.goal_of_payment.pk).exists()


@pytest.mark.parametrize(
    "bad",
    [{"wanted": 0}, {"wanted": 501}, {"readers": 9}, {"until": timezone.now() - timedelta(days=9)}],
)
def test_a_sample_that_makes_no_sense_is_refused(reviewer: Person, bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        reviews.draw_sample(spec=spec(**bad), person=reviewer)
    assert not Sample.objects.exists()


def test_who_does_not_review_the_unit_draws_and_judges_nothing(
    desk: Desk, reviewer: Person
) -> None:
    sample = reviews.draw_sample(spec=spec(covers="consequential"), person=reviewer)
    for person in (desk.here[Role.ADMIN], desk.there[Role.REVIEWER]):
        with pytest.raises(NotAllowed):
            reviews.draw_sample(spec=spec(), person=person)
        with pytest.raises(NotAllowed):
            reviews.give_verdict(review=held(sample), person=person, verdict="agree", reason="x")
        with pytest.raises(NotAllowed):
            reviews.annotate(step=held(sample).step, person=person, remark="x")
    there = page(desk.there[Role.REVIEWER], "/audit/review/")
    assert (there["queue"], there["samples"], there["figures"]["total"]) == ([], [], 0)
