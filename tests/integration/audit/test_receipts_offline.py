"""Receipts in a stranger's hands: checked alone or against a bundle, with bare Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from audit import keys, receipt_desk
from audit.bundles import write_bundle
from audit.reading import Filters
from audit.receipt_desk import receipt_for
from tests.integration.audit.conftest import History
from tests.integration.audit.test_bundles import bundle, check

__all__ = ["bundle"]


@pytest.fixture
def promised(history: History, tmp_path: Path) -> tuple[str, Path]:
    """An entry that is not sealed yet, and its receipt in a file elsewhere."""
    receipt_desk.vouch(history.sealer.key)
    (entry,) = history.write(1)
    path = tmp_path / "receipt.json"
    path.write_text(str(receipt_for(entry, scopes=[""])))
    return entry, path


def whole(history: History, path: Path) -> Path:
    """The whole ledger as a bundle."""
    history.write(1)
    history.seal()
    write_bundle(path, scopes=[""])
    return path


def test_a_receipt_can_be_checked_by_itself(
    history: History, bundle: Path, promised: tuple[str, Path]
) -> None:
    entry, receipt = promised
    check(bundle, history.key)
    verifier = bundle.parent / "stranger"
    stranger = keys.generate(history.key.name).verifier
    done = check(bundle, history.key, "--receipt", str(receipt))
    assert "is not in this selection" in done.stdout
    alone = _alone(receipt, verifier, history.key)
    assert (alone[0], f"entry {entry}: {history.key.name} promised on" in alone[1]) == (0, True)
    assert _alone(receipt, verifier, stranger)[0] == 1
    history.seal()
    receipt.write_text(str(receipt_for(entry, scopes=[""])))
    assert f"entry {entry} stands at leaf" in _alone(receipt, verifier, history.key)[1]
    assert _alone(receipt, verifier, stranger)[0] == 1


def _alone(receipt: Path, folder: Path, key: object) -> tuple[int, str]:
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-I", "-S", str(folder / "verify.py"), str(receipt), "--key", str(key)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_an_entry_that_is_in_the_whole_ledger_keeps_its_receipts_promise(
    history: History, tmp_path: Path, promised: tuple[str, Path]
) -> None:
    done = check(whole(history, tmp_path / "all.zip"), history.key, "--receipt", str(promised[1]))
    assert done.returncode == 0, done.stdout
    assert f"entry {promised[0]} is here as its receipt says" in done.stdout


def test_19_an_entry_deleted_before_it_was_sealed_is_shown_to_a_stranger_by_its_receipt(
    history: History, tmp_path: Path, promised: tuple[str, Path]
) -> None:
    entry, receipt = promised
    history.tamper(f"delete from audit_entry where entry_id = '{entry}'")
    connection.close()
    bundle = whole(history, tmp_path / "all.zip")
    assert check(bundle, history.key).returncode == 0
    done = check(bundle, history.key, "--receipt", str(receipt))
    assert done.returncode == 1
    assert f"entry {entry}: there is a receipt for it, and the ledger does not" in done.stdout


def test_a_receipt_younger_than_the_bundle_accuses_nobody(history: History, tmp_path: Path) -> None:
    bundle = whole(history, tmp_path / "all.zip")
    receipt_desk.vouch(history.sealer.key)
    (entry,) = history.write(1)
    path = tmp_path / "receipt.json"
    for _ in range(2):
        path.write_text(str(receipt_for(entry, scopes=[""])))
        done = check(bundle, history.key, "--receipt", str(path))
        assert done.returncode == 0, done.stdout
        assert "is younger than this bundle" in done.stdout
        history.seal()


def test_a_forged_receipt_is_named_and_a_broken_file_refused(
    history: History, tmp_path: Path, promised: tuple[str, Path], bundle: Path
) -> None:
    _, receipt = promised
    receipt.write_text(receipt.read_text().replace("2026", "2025"))
    done = check(bundle, history.key, "--receipt", str(receipt))
    assert (done.returncode, "its receipt is not good" in done.stdout) == (1, True)
    receipt.write_text("{}")
    done = check(bundle, history.key, "--receipt", str(receipt))
    assert (done.returncode, "this is no receipt" in done.stderr) == (2, True)


def test_a_quorum_of_the_named_witnesses_is_enough(history: History, bundle: Path) -> None:
    witness = str(keys.generate("w.example", 4).verifier)
    assert check(bundle, history.key, "--witness", witness).returncode == 1
    assert check(bundle, history.key, "--witness", witness, "--quorum", "0").returncode == 0


def test_a_selection_of_nothing_else_still_proves_its_entries(
    history: History, tmp_path: Path
) -> None:
    (entry,) = history.write(1, kind="receipt.asked")
    history.seal()
    write_bundle(tmp_path / "one.zip", scopes=[""], filters=Filters(kinds=("receipt.asked",)))
    receipt = tmp_path / "receipt.json"
    receipt.write_text(str(receipt_for(entry, scopes=[""])))
    done = check(tmp_path / "one.zip", history.key, "--receipt", str(receipt))
    assert f"entry {entry} is here as its receipt says" in done.stdout
