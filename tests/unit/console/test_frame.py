"""The frame shows people what concerns them and tells the truth about the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.presenters.palette import commands
from console.presenters.shell import Seal, initials, landing, navigation, role_label, seal_context

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)


def test_what_a_person_may_not_see_is_not_in_the_navigation() -> None:
    shown = navigation(lambda name: f"/{name}/", lambda name: name != "policies", {})
    keys = [entry["key"] for group in shown for entry in group["entries"]]
    assert "policies" not in keys
    assert "ledger" in keys


def test_a_group_without_entries_is_left_out() -> None:
    shown = navigation(lambda name: f"/{name}/", lambda name: name == "overview", {})
    assert [group["title"] for group in shown] == ["Operate"]


def test_counts_stand_beside_their_section() -> None:
    shown = navigation(lambda name: f"/{name}/", lambda _: True, {"approvals": 7})
    entries = {entry["key"]: entry for group in shown for entry in group["entries"]}
    assert (entries["approvals"]["count"], entries["approvals"]["tone"]) == (7, "hold")
    assert entries["flows"]["count"] == 0


@pytest.mark.parametrize(
    ("roles", "name"),
    [
        ({"reviewer"}, "ledger"),
        ({"operator", "reviewer"}, "overview"),
        ({"viewer"}, "overview"),
        (set(), "overview"),
    ],
)
def test_people_begin_where_their_work_is(roles: set[str], name: str) -> None:
    assert landing(roles) == name


def test_a_ledger_that_was_never_sealed_is_not_called_sealed() -> None:
    said = seal_context(Seal("red", "nothing has been sealed yet", 0, None, 12), NOW, "/audit/")
    assert said["tone"] == "deny"
    assert said["text"] == "nothing has been sealed yet; 12 wait"
    assert "sealed" not in said["title"]


def test_a_fresh_seal_says_how_much_it_covers_and_when() -> None:
    made = NOW - timedelta(seconds=2)
    said = seal_context(Seal("green", "ledger sealed", 4182, made, 3), NOW, "/audit/")
    assert (said["tone"], said["title"]) == ("allow", "Ledger sealed")
    assert said["text"] == "4,182 entries, 2 s ago"


def test_a_seal_without_a_witness_is_told_as_such() -> None:
    said = seal_context(Seal("amber", "ledger sealed, unwitnessed", 10, NOW, 0), NOW, "/")
    assert (said["tone"], said["title"]) == ("hold", "Ledger sealed, unwitnessed")


def test_names_and_roles_are_told_short() -> None:
    assert initials("Mina Rao") == "MR"
    assert initials("Otto") == "O"
    assert role_label({"approver", "viewer"}) == "Approver"
    assert role_label(set()) == "No role"


def test_the_palette_offers_only_commands_that_may_be_used() -> None:
    found = commands("", lambda name: f"/{name}/", lambda name: name != "goal-new")
    assert "Start a goal" not in [entry["label"] for entry in found]
    assert "Overview" in [entry["label"] for entry in found]


def test_the_palette_narrows_commands_by_every_word() -> None:
    found = commands("START goal", lambda name: f"/{name}/", lambda _: True)
    assert [entry["label"] for entry in found] == ["Start a goal"]
