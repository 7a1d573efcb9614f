"""The ledger's commands as an administrator types them."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from os import terminal_size
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit import key_ring, reading, receipt_desk
from audit.bundles import write_bundle
from audit.exports import FORMATS
from audit.management import answers
from audit.management.answers import Bar
from audit.management.commands.ledger import ACTS
from audit.models import Entry
from audit.notes import parse_key, parse_note, parse_proof
from audit.sealing import Sealer
from audit.verifying_here import verify_here
from tests.integration.audit.conftest import History
from tests.integration.audit.test_dropping import recorded_in
from tests.integration.audit.test_retention import write_about_ada
from tests.integration.audit.test_tampering import at, cut_to_second_checkpoint


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


def test_an_entry_shown_at_the_command_line_was_read_and_once_within_ten_minutes(
    history: History,
) -> None:
    entry = Entry.objects.order_by("id").first()
    assert entry is not None
    for _ in range(2):
        run("prove", str(entry.entry_id).upper())
        run("receipt", entry.entry_id)
    with pytest.raises(CommandError):
        run("prove", "0190b0a0-0000-7000-8000-000000000000")
    read = list(Entry.objects.filter(kind="ledger.read").order_by("id"))
    assert [one.subject_id for one in read] == [
        f"prove {entry.entry_id}",
        f"receipt {entry.entry_id}",
    ]
    assert {one.actor_id for one in read} == {"command-line"}
    assert reading.body(read[0])["data"] == {"found": 1}


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
        ("receipt", "nonsense"),
        ("verify", "--receipt", "/nowhere/at/all"),
        ("verify", "--from-checkpoint"),
        ("drop", "2020-01", "--reason", "old"),
        ("export", "--out", "none.zip", "--query", "knid:x"),
        ("export", "--out", "none.zip", "--query", "kind:x", "--goal", "y"),
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


def test_every_command_answers_machines_in_json(history: History, tmp_path: Path) -> None:
    write_about_ada()
    history.seal()
    entry = str(Entry.objects.earliest("id").entry_id)
    reason = ("--reason", "asked")
    told = {
        command[0]: json.loads(run(*command, "--json"))
        for command in [
            ("status",),
            ("verify",),
            ("key",),
            ("prove", entry),
            ("receipt", entry),
            ("checkpoint",),
            ("export", "--out", tmp_path / "all.zip"),
            ("hold", "everything", *reason),
            ("rotate-key",),
        ]
    }
    run("hold", "--release", told["hold"]["hold"], *reason)
    told["erase"] = json.loads(run("erase", "ada", *reason, "--json"))
    told["remove"] = json.loads(run("remove", "--before", "2100-01-01", "--json"))
    assert told["verify"]["sound"]
    assert told["key"]["key"] == str(history.key)
    assert told["prove"]["index"] == 0
    assert told["receipt"]["entry_id"] == entry
    assert told["checkpoint"]["size"] == told["status"]["size"]
    assert told["status"]["lag"]["entries"] > 300
    assert told["export"]["entries"] == told["status"]["size"]
    assert len(told["erase"]["keys"]) == 1
    assert told["remove"]["removed"] > 0
    assert set(ACTS) - set(told) == {"drop"}


def test_a_month_is_dropped_by_command_and_not_while_the_ledger_is_unsound(
    history: History,
) -> None:
    with recorded_in(history, date(2024, 1, 1)):
        history.write(5)
    history.seal()
    drop = ("drop", "2024-01", "--reason", "kept long enough", "--json")
    history.tamper(at("update audit_entry set kind = 'made.up'", 200))
    with pytest.raises(CommandError, match=r"not sound[\s\S]*leaf 200"):
        run(*drop)
    history.tamper(at("update audit_entry set kind = 'step.allowed'", 200))
    assert json.loads(run(*drop)) == {"month": "2024-01", "dropped": 5}
    assert "5 dropped" in run("verify")


def test_a_receipt_taken_by_command_shows_what_was_deleted_before_it_was_sealed(
    history: History, tmp_path: Path
) -> None:
    receipt_desk.vouch(history.sealer.key)
    (entry,) = history.write(1)
    connection.close()  # the command runs in a session of its own
    kept = tmp_path / "receipt.json"
    run("receipt", entry, "--out", kept)
    history.tamper(f"delete from audit_entry where entry_id = '{entry}'")
    connection.close()
    history.write(1)
    history.seal()
    assert run("verify").startswith("sound")
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("ledger", "verify", "--receipt", str(kept), stdout=out)
    assert f"entry {entry}: a receipt promised it, and the ledger does not" in out.getvalue()


def test_what_this_host_verified_last_must_still_hold(history: History) -> None:
    assert run("verify").startswith("sound")
    history.tamper(*cut_to_second_checkpoint(history))
    assert run("verify", "--key", history.key).startswith("sound")
    run_unsound = StringIO()
    with pytest.raises(SystemExit):
        call_command("ledger", "verify", "--from-checkpoint", stdout=run_unsound)
    assert "a checkpoint kept elsewhere covers" in run_unsound.getvalue()


def test_a_query_exports_what_the_explorer_would_show(history: History, tmp_path: Path) -> None:
    history.write(4, kind="port.closed")
    history.seal()
    out = tmp_path / "some.zip"
    made = json.loads(run("export", "--out", out, "--query", "kind:port.*", "--json"))
    assert made["entries"] == 4
    made = json.loads(
        run("export", "--out", out, "--from", "2020-01-01", "--to", "2100-01-01", "--json")
    )
    assert made["entries"] > 300


@pytest.mark.parametrize("wrong", [("drop", "January"), ("export", "--out", "x", "--from", "soon")])
def test_a_value_that_is_no_date_is_refused_by_name(wrong: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=r"is no (month|date)"):
        run(*wrong)


class Terminal(StringIO):
    """Something that people look at."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 0


def test_long_work_shows_a_bar_to_people_and_nothing_to_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answers.os, "get_terminal_size", lambda _: terminal_size((80, 24)))
    monkeypatch.setattr(answers, "EVERY_S", 0.0)
    shown, silent = Terminal(), StringIO()
    for out in (shown, silent):
        bar = Bar(out)
        for done in range(0, 101, 50):
            bar(done, 100)
    assert silent.getvalue() == ""
    assert "[###############...............]  50 % of 100 entries" in shown.getvalue()
    assert shown.getvalue().endswith("\r")


def test_verifying_and_exporting_tell_how_far_they_are(history: History, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    assert verify_here(lambda done, total: told.append((done, total))).sound
    size = history.checkpoint_size()
    assert told[-1] == (size, size)
    told.clear()
    write_bundle(
        tmp_path / "all.zip", scopes=[""], progress=lambda done, total: told.append((done, total))
    )
    assert told[-1][0] == told[-1][1]
