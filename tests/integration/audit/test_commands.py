"""The ledger's commands as an administrator types them."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit import key_ring
from audit.exports import FORMATS
from audit.models import Entry
from audit.notes import parse_key, parse_note, parse_proof
from audit.sealing import Sealer
from tests.integration.audit.conftest import History
from tests.integration.audit.test_retention import write_about_ada
from tests.integration.audit.test_tampering import at


def run(*arguments: Any) -> str:
    out = StringIO()
    call_command("ledger", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_status_key_checkpoint_and_proof_can_be_read_by_machines(history: History) -> None:
    assert json.loads(run("status", "--json"))["size"] == history.checkpoint_size()
    assert parse_key(run("key")) == history.key
    assert parse_note(run("checkpoint")) == history.checkpoint()
    entry = Entry.objects.order_by("id").first()
    assert entry is not None
    body, _, proof = run("prove", entry.entry_id).partition("\n")
    assert body == entry.body
    assert parse_proof(proof).index == 0


def test_verify_says_sound_or_names_the_fault_and_exits_with_1(
    history: History, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text(run("checkpoint"))
    assert run("verify", "--from-checkpoint", kept).startswith("sound")
    history.tamper(at("delete from audit_entry", 7))
    with pytest.raises(SystemExit) as stopped:
        run("verify", "--json")
    assert stopped.value.code == 1


def test_verify_with_a_strangers_key_is_not_sound(history: History) -> None:
    from audit import keys

    with pytest.raises(SystemExit):
        run("verify", "--key", keys.generate(history.key.name).verifier)


@pytest.mark.parametrize(
    "wrong",
    [
        ("verify", "--key", "nonsense"),
        ("verify", "--from-checkpoint", "/nowhere/at/all"),
        ("prove", "nonsense"),
        ("erase", "nobody", "--reason", "asked"),
        ("hold", "planet", "mars"),
        ("hold", "--release", "0190b0a0-0000-7000-8000-000000000000"),
        ("export", "--out", "/nowhere/at/all.zip"),
        ("export", "--out", "none.zip", "--actor", "nobody"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    history: History, wrong: tuple[str, ...]
) -> None:
    with pytest.raises(CommandError):
        run(*wrong)


def test_a_hold_is_placed_listed_obeyed_and_released(history: History) -> None:
    write_about_ada()
    hold = run("hold", "subject", "ada", "--reason", "a lawsuit").strip()
    assert hold in run("hold")
    with pytest.raises(CommandError, match="legal hold"):
        run("erase", "ada", "--reason", "asked")
    run("hold", "--release", hold, "--reason", "settled")
    assert "destroyed" in run("erase", "ada", "--reason", "asked")


def test_a_rotated_key_is_printed_and_used(history: History) -> None:
    new = parse_key(run("rotate-key"))
    assert parse_key(run("key")) == new != history.key
    assert run("verify").startswith("sound")
    Sealer(key_ring.signing_key()).seal()
    assert run("verify").startswith("sound")
    assert run("verify", "--key", history.key).startswith("sound")


@pytest.mark.parametrize("form", ["bundle", *FORMATS])
def test_every_format_can_be_exported_and_taking_it_is_recorded(
    history: History, tmp_path: Path, form: str
) -> None:
    out = tmp_path / "export"
    made = json.loads(run("export", "--out", out, "--format", form, "--json", "--kind", "step.*"))
    assert made["entries"] == 300
    assert out.stat().st_size > 300
    assert Entry.objects.filter(kind="ledger.exported").count() == 1
    if form in ("cloudevents", "ocsf"):
        assert len(out.read_bytes().splitlines()) == 300
