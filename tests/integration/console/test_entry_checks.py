"""One entry checked in front of its reader: what is handed out, and what is found if it is bad."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from django.urls import reverse

from audit import keys
from audit.entry_checks import checks, evidence
from audit.merkle import is_included, leaf_hash
from audit.models import Entry
from audit.notes import parse_head, parse_key, parse_note, parse_proof, signed_by
from orchestration.vocabulary import Role
from tests.integration.console.desk import signed_in
from tests.integration.console.sealed_desk import RELABEL, SealedDesk
from tests.machinery.databases import Database


@pytest.fixture
def sealed(committed_database: Database, tmp_path: Path, settings: Any) -> SealedDesk:
    """A sealed ledger with a payment in it."""
    settings.DATA = settings.STATIC_ROOT = tmp_path
    return SealedDesk(committed_database, tmp_path)


def answers(sealed: SealedDesk) -> dict[str, bool | None]:
    found = evidence(sealed.opened.entry_id, scopes=["acme"])
    assert found is not None
    return {one.text: one.passed for one in checks(found)}


def failed(sealed: SealedDesk) -> list[str]:
    return [text for text, passed in answers(sealed).items() if passed is False]


def test_what_the_browser_is_handed_proves_the_entry_by_itself(sealed: SealedDesk) -> None:
    client = signed_in(sealed.desk.here[Role.REVIEWER])
    given = client.get(reverse("entry-evidence", args=[sealed.opened.entry_id])).json()
    proof = parse_proof(given["proof"])
    note = parse_note(proof.checkpoint)
    head = parse_head(note.text)
    leaf = leaf_hash(given["body"].encode())
    assert leaf.hex() == given["leaf"]
    assert is_included(leaf, proof.index, head.size, proof.hashes, head.root)
    assert signed_by(note, parse_key(given["keys"][-1]["key"]), keys.check)
    said = orjson.loads(given["body"])
    assert given["columns"]["kind"] == said["kind"] == "approval.opened"
    assert given["columns"]["scope"] == "acme"


def test_every_question_about_a_sound_entry_is_answered_well(sealed: SealedDesk) -> None:
    found = answers(sealed)
    assert failed(sealed) == []
    assert "All 22 columns equal the body" in found
    assert any(text.startswith("The checkpoint is signed by key signalbox/") for text in found)
    assert found["No witness is asked to cosign"] is None


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (RELABEL, ["column kind holds"]),
        (
            "update audit_entry set body = replace(body, 'approval.opened', 'approval.granted')"
            " where id = {}",
            ["column kind holds", "does not match its leaf hash", "does not lead to the signed"],
        ),
        (
            "update audit_entry set kind = 'x.done', body = replace(body, 'approval.opened',"
            " 'x.done') where id = {0}; update audit_entry set leaf_hash ="
            " sha256('\\x00'::bytea || convert_to(body, 'UTF8')) where id = {0}",
            ["does not lead to the signed"],
        ),
        (
            "update audit_checkpoint set note = replace(note, 'signalbox', 'signalbux')",
            ["has not signed the checkpoint"],
        ),
    ],
)
def test_a_bad_entry_fails_the_question_that_it_should(
    sealed: SealedDesk, statement: str, said: list[str]
) -> None:
    sealed.tamper(statement)
    told = failed(sealed)
    assert len(told) == len(said)
    for text, part in zip(told, said, strict=True):
        assert part in text


def test_an_altered_payload_is_said_and_not_shown(sealed: SealedDesk) -> None:
    sealed.history.tamper("update audit_payload set salt = '\\x00'")
    entry = next(one for one in reversed(sealed_entries()) if one.payload and one.scope == "acme")
    page = signed_in(sealed.desk.here[Role.REVIEWER]).get(f"/audit/?sel={entry.entry_id}&verify=1")
    text = page.content.decode()
    assert "This payload is not the one that was written" in text
    assert "The payload is not the one that was written" in text
    assert "Fails verification" in text


def sealed_entries() -> list[Entry]:
    return list(Entry.objects.order_by("id"))


def test_proof_and_receipt_are_files_and_an_entry_that_waits_has_no_proof(
    sealed: SealedDesk,
) -> None:
    client = signed_in(sealed.desk.here[Role.REVIEWER])
    proof = client.get(reverse("entry-proof", args=[sealed.opened.entry_id]))
    assert proof.content.decode().startswith("c2sp.org/tlog-proof@v1\n")
    assert "attachment" in proof["Content-Disposition"]
    receipt = client.get(reverse("entry-receipt", args=[sealed.opened.entry_id]))
    assert receipt.json()["entry_id"] == str(sealed.opened.entry_id)
    sealed.desk.agent(lambda task: {})
    waiting = sealed_entries()[-1]
    assert client.get(reverse("entry-proof", args=[waiting.entry_id])).status_code == 404
    page = client.get(f"/audit/?sel={waiting.entry_id}&verify=1").content.decode()
    assert "It is not sealed yet, so nothing proves its place" in page
