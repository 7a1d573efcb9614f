"""Verifying the whole ledger from its page: clean and tampered, cancelled, and left by a worker."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from audit import verifying_here
from audit.models import Entry
from audit.reports import Report
from orchestration.jobs import verifying as jobs
from orchestration.models import Verification
from orchestration.operations import verifying
from orchestration.vocabulary import Role, VerificationState
from tests.integration.console.desk import Desk, signed_in
from tests.integration.console.sealed_desk import RELABEL, SealedDesk
from tests.machinery.databases import Database


@pytest.fixture
def sealed(committed_database: Database, tmp_path: Path, settings: Any) -> SealedDesk:
    """A sealed ledger with a payment in it."""
    settings.DATA = settings.STATIC_ROOT = tmp_path
    return SealedDesk(committed_database, tmp_path)


def page(sealed: SealedDesk, run: Verification, role: Role = Role.REVIEWER) -> Any:
    return signed_in(sealed.desk.here[role]).get(f"{reverse('verify')}?run={run.pk}")


def test_a_clean_ledger_is_reported_with_what_was_checked(sealed: SealedDesk) -> None:
    run = sealed.verified()
    shown = page(sealed, run)
    text = shown.content.decode()
    assert run.state == "sound"
    assert "Nothing was altered, removed, put in between or dated back" in text
    checked = {item["text"]: item["count"] for item in shown.context["report"]["checked"]}
    assert checked["every column equals its canonical body"] == f"{run.size:,}"
    assert run.size >= Entry.objects.filter(id__lte=sealed.opened.id).count()
    assert "fails verification" not in shown.context["shell"]["seal"]["why"]


def test_a_tampered_ledger_turns_the_seal_red_and_leads_to_the_first_bad_entry(
    sealed: SealedDesk,
) -> None:
    sealed.tamper(RELABEL)
    run = sealed.verified()
    text = page(sealed, run).content.decode()
    index = Entry.objects.filter(id__lt=sealed.opened.id).count()
    assert (run.state, run.first_index, run.first_entry) == (
        "unsound",
        index,
        str(sealed.opened.entry_id),
    )
    assert f"First bad entry: Leaf {index:,}" in text
    assert "column kind holds &#x27;approval.granted&#x27;" in text
    assert f"sel={sealed.opened.entry_id}" in text
    for address in (reverse("ledger"), reverse("reconstruct"), reverse("verify")):
        frame = signed_in(sealed.desk.here[Role.REVIEWER]).get(address)
        assert frame.context["shell"]["seal"]["tone"] == "deny"
        assert f"The ledger fails verification at leaf {index:,}" in frame.content.decode()
    overview = signed_in(sealed.desk.here[Role.OPERATOR]).get(reverse("overview"))
    assert 'class="seal deny"' in overview.content.decode()


def test_who_may_not_see_the_bad_entry_learns_where_it_is_and_nothing_of_it(
    sealed: SealedDesk,
) -> None:
    sealed.tamper(RELABEL)
    run = sealed.verified()
    there = signed_in(sealed.desk.there[Role.REVIEWER])
    text = there.get(f"{reverse('verify')}?run={run.pk}").content.decode()
    assert "an entry outside your units is not as it was written" in text
    assert str(sealed.opened.entry_id) not in text
    assert "approval" not in text.partition('id="run"')[2].partition('id="heads"')[0]


def test_a_sound_result_after_a_repair_makes_the_seal_good_again(sealed: SealedDesk) -> None:
    sealed.tamper(RELABEL)
    sealed.verified()
    sealed.tamper("update audit_entry set kind = 'approval.opened' where id = {}")
    run = sealed.verified()
    assert "fails verification" not in page(sealed, run).context["shell"]["seal"]["why"]


def test_a_verification_is_in_the_ledger_with_its_result(sealed: SealedDesk) -> None:
    run = sealed.verified()
    told = Entry.objects.filter(subject_id=str(run.pk)).order_by("id")
    assert [(one.kind, one.outcome) for one in told] == [
        ("verification.requested", None),
        ("verification.started", None),
        ("verification.finished", "sound"),
    ]


def test_progress_is_seen_by_others_while_it_runs_and_a_cancelled_run_stops(
    sealed: SealedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewer = sealed.desk.here[Role.REVIEWER]
    run = verifying.request_verification(person=reviewer)
    seen: list[Any] = []

    def verify(progress: Any) -> Report:
        progress(40, 100)
        seen.append(page(sealed, run).context["run"])
        client = signed_in(reviewer)
        client.post(reverse("verify-cancel", args=[run.pk]))
        monkeypatch.setattr(jobs, "EVERY_S", 0.0)
        progress(60, 100)
        raise AssertionError("it went on although it was cancelled")

    monkeypatch.setattr(jobs, "verify_here", verify)
    job: Any = jobs.verify_ledger
    job.run(str(run.pk))
    run.refresh_from_db()
    assert (seen[0]["percent"], seen[0]["under_way"]) == (40, True)
    assert run.state == "cancelled"
    assert "Cancelled" in page(sealed, run).content.decode()


def test_a_ledger_without_a_key_says_why_it_cannot_be_verified(
    committed_database: Database, tmp_path: Path, settings: Any
) -> None:
    settings.DATA = settings.STATIC_ROOT = tmp_path
    desk = Desk(tmp_path)
    run = verifying.request_verification(person=desk.here[Role.REVIEWER])
    job: Any = jobs.verify_ledger
    job.run(str(run.pk))
    shown = signed_in(desk.here[Role.REVIEWER]).get(reverse("verify")).content.decode()
    assert "the ledger has no key yet" in shown
    assert "Could not be carried out" in shown
    with pytest.raises(verifying_here.NoKeyYet):
        verifying_here.verify_here()


def test_a_run_whose_worker_died_is_taken_over_and_one_that_nobody_can_is_given_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(verifying, "send", lambda _job, key: sent.append(key))
    run = verifying.request_verification(person=desk.here[Role.REVIEWER])
    assert verifying.begin_verification(key=run.pk) is not None
    assert verifying.begin_verification(key=run.pk) is None, "somebody else is at it"
    _age(run, seen_at=verifying.SILENT)
    verifying.redrive_verifications()
    assert sent == [str(run.pk), str(run.pk)]
    assert verifying.begin_verification(key=run.pk) is not None
    _age(run, seen_at=verifying.SILENT, created_at=verifying.GIVEN_UP)
    verifying.redrive_verifications()
    run.refresh_from_db()
    assert run.state == VerificationState.FAILED


def _age(run: Verification, **by: timedelta) -> None:
    early = {name: timezone.now() - span - timedelta(seconds=1) for name, span in by.items()}
    Verification.objects.filter(pk=run.pk).update(**early)


def test_two_people_who_ask_at_once_get_the_same_run(desk: Desk) -> None:
    one, other = (
        verifying.request_verification(person=desk.here[role])
        for role in (Role.REVIEWER, Role.ADMIN)
    )
    assert one.pk == other.pk
