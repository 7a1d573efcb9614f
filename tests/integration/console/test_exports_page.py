"""Taking evidence away: told beforehand, within one's units, recorded, marked when unsound."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from audit import key_ring, payloads
from audit.models import Entry
from audit.notes import VerifierKey
from audit.sealing import Sealer
from audit.verify import Bundle
from orchestration.models import Approval, Verification
from orchestration.vocabulary import Role
from tests.integration.console.desk import Desk, signed_in

FAST = "django.contrib.auth.hashers.MD5PasswordHasher"
FORMS = ["bundle", "aat", "aat-numeric", "cloudevents", "ocsf", "csv"]


@pytest.fixture
def approval(desk: Desk) -> Approval:
    """A payment held in the first organisation."""
    return desk.hold_payment()


class SealedDesk(Desk):
    """The two organisations on a database that commits, with a payment held and all sealed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.approval = self.hold_payment()
        self.sealer = Sealer(key_ring.signing_key())
        self.sealer.seal()

    @property
    def key(self) -> VerifierKey:
        return self.sealer.key.verifier


@pytest.fixture
def sealed(
    committed_database: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> SealedDesk:
    """Two organisations in a ledger that is sealed."""
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setattr(settings, "STATIC_ROOT", tmp_path)
    monkeypatch.setattr(settings, "PASSWORD_HASHERS", [FAST])
    return SealedDesk(tmp_path)


def take(client: Client, form: str, q: str = "") -> bytes:
    answer = client.post("/audit/exports/take/", {"form": form, "q": q, "names": "on"})
    assert answer.status_code == 200, answer.content
    assert isinstance(answer, StreamingHttpResponse)
    return answer.getvalue()


def page(client: Client, q: str = "") -> Any:
    return client.get("/audit/exports/", {"q": q}).context


def test_the_count_is_exact_and_the_size_nearly_so(sealed: SealedDesk) -> None:
    client = signed_in(sealed.here[Role.REVIEWER])
    goal = sealed.approval.goal_id
    query = f"goal:{goal}"
    shown = page(client, query)
    assert shown["entries"] == Entry.objects.filter(goal=goal).count()
    for form in shown["formats"]:
        size = len(take(client, form["name"], query))
        assert size / 1.5 < form["size"] < size * 1.5, form["name"]


def test_a_bundle_of_a_goal_convinces_a_stranger(sealed: SealedDesk) -> None:
    client = signed_in(sealed.here[Role.REVIEWER])
    data = take(client, "bundle", f"goal:{sealed.approval.goal_id}")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        findings = Bundle(archive, sealed.key).check()
        told = archive.read("README.html").decode()
    assert findings.faults == []
    assert findings.goal == "not closed, so nothing says how many entries it has"
    assert sealed.here[Role.REVIEWER].username in told
    assert sealed.payer.name in told


def test_a_reviewer_of_another_unit_takes_nothing_of_this_one(sealed: SealedDesk) -> None:
    there, goal = signed_in(sealed.there[Role.REVIEWER]), str(sealed.approval.goal_id)
    marks = ["acme", goal, str(sealed.here[Role.REVIEWER].pk), sealed.payer.slug]
    for form in FORMS:
        taken = take(there, form)
        if form == "bundle":
            with zipfile.ZipFile(io.BytesIO(taken)) as archive:
                taken = b"\n".join(archive.read(name) for name in archive.namelist())
        assert (form, [mark for mark in marks if mark.encode() in taken]) == (form, [])
    assert page(there, f"goal:{goal}")["entries"] == 0
    text = there.get("/audit/exports/").content.decode()
    assert [mark for mark in marks if mark in text] == []


def test_an_export_is_recorded_with_who_what_and_how_many(desk: Desk, approval: Approval) -> None:
    reviewer = desk.here[Role.REVIEWER]
    client = signed_in(reviewer)
    take(client, "csv", "kind:approval.*")
    [entry] = Entry.objects.filter(kind="ledger.exported")
    data = json.loads(entry.body)["data"]
    assert entry.actor_id == str(reviewer.pk)
    assert (data["form"], data["entries"], data["verified"]) == ("csv", 1, True)
    assert entry.payload is not None
    assert payloads.load(f"sha256:{bytes(entry.payload).hex()}")["query"] == "kind:approval.*"
    [past] = page(client)["history"]
    assert (past["who"], past["query"], past["entries"]) == (str(reviewer), "kind:approval.*", 1)
    assert page(signed_in(desk.there[Role.REVIEWER]))["history"] == []


def test_what_is_taken_while_the_ledger_fails_verification_is_marked(sealed: SealedDesk) -> None:
    reviewer = sealed.here[Role.REVIEWER]
    Verification.objects.create(
        requested_by=reviewer, state="unsound", faults=1, first_index=7, ended_at=timezone.now()
    )
    client = signed_in(reviewer)
    assert "fails verification at leaf 7" in page(client)["warning"]
    answer = client.post("/audit/exports/take/", {"form": "bundle"})
    assert 'filename="UNVERIFIED-signalbox-' in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as archive:  # type: ignore[arg-type]
        assert "fails verification" in json.loads(archive.read("manifest.json"))["ledger"]
        assert "did not verify" in archive.read("README.html").decode()
    assert page(client)["history"][0]["verified"] is False


def test_a_goal_and_times_chosen_beside_become_part_of_the_search(
    desk: Desk, approval: Approval
) -> None:
    client = signed_in(desk.here[Role.REVIEWER])
    chosen = {"q": "kind:step.* paid", "goal": str(approval.goal_id), "after": "2026-01-01T10:00"}
    answer = client.get("/audit/exports/", {**chosen, "before": ""}, follow=True)
    wanted = f"kind:step.* goal:{approval.goal_id} after:2026-01-01T10:00 paid"
    assert answer.context["q"] == wanted
    assert answer.context["problems"] == []


def test_what_cannot_be_understood_is_not_taken(desk: Desk, approval: Approval) -> None:
    client = signed_in(desk.here[Role.REVIEWER])
    assert "formats" not in page(client, "after:soon")
    for said in ({"form": "bundle", "q": "after:soon"}, {"form": "docx"}, {}):
        assert client.post("/audit/exports/take/", said).status_code == 422
    assert not Entry.objects.filter(kind="ledger.exported").exists()


def test_readers_get_a_copy_of_the_verifying_page(desk: Desk) -> None:
    answer = signed_in(desk.here[Role.REVIEWER]).get("/audit/exports/verifier/")
    assert "signalbox-verifier.html" in answer["Content-Disposition"]
    assert b"Check the bundle" in b"".join(answer)  # type: ignore[arg-type]
