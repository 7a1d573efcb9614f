"""The state folder tells other commands how to reach what runs, and strangers nothing."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from console.standalone.services import OWNER, SERVICES, known_settings, remember


def test_what_was_remembered_is_known_to_later_commands(tmp_path: Path) -> None:
    remember(tmp_path, {"REDIS_URL": "redis://here"}, {"DATABASE_OWNER_URL": "postgresql://o"})
    assert known_settings(tmp_path, as_owner=False) == {"REDIS_URL": "redis://here"}


def test_only_commands_that_change_tables_learn_the_owners_password(tmp_path: Path) -> None:
    remember(tmp_path, {"A": "1"}, {"DATABASE_OWNER_URL": "postgresql://o"})
    assert known_settings(tmp_path, as_owner=True)["DATABASE_OWNER_URL"] == "postgresql://o"


def test_the_files_can_be_read_by_their_account_only(tmp_path: Path) -> None:
    remember(tmp_path, {"A": "1"}, {})
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in (SERVICES, OWNER)}
    assert modes == {0o600}


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"[1]", b'"text"'])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / SERVICES).write_bytes(damage)
    assert known_settings(tmp_path, as_owner=False) == {}


def test_nothing_is_known_of_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert known_settings(tmp_path / "missing", as_owner=True) == {}
