"""Who came, who looked and who was refused is in the ledger, once for what is one look."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from audit import payloads
from audit.models import Entry
from audit.reading import body
from orchestration.errors import NotAllowed
from orchestration.models import Unit
from orchestration.operations import goals, people
from orchestration.operations.changes import SYSTEM
from orchestration.operations.visits import note_reading, note_refusal
from orchestration.vocabulary import Role
from tests.integration.orchestration.scenes import Scene
from tests.machinery.databases import Database

QUERY = "goal:rescue ada@example.com"


@pytest.fixture
def scene(db: None, tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def of_kind(kind: str) -> list[Entry]:
    return list(Entry.objects.filter(kind=kind).order_by("id"))


def test_the_same_person_and_query_within_ten_minutes_are_one_look(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert note_reading(person=scene.first, query=QUERY, found=3)
    assert not note_reading(person=scene.first, query=QUERY, found=4)
    assert note_reading(person=scene.first, query=f"{QUERY} x", found=3)
    assert note_reading(person=scene.second, query=QUERY, found=3)
    assert len(of_kind("ledger.read")) == 3
    later = timezone.now() + timedelta(minutes=10, seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert note_reading(person=scene.first, query=QUERY, found=3)
    assert len(of_kind("ledger.read")) == 4


def test_what_was_looked_for_is_kept_where_it_can_be_removed(scene: Scene) -> None:
    note_reading(person=scene.first, query=QUERY, found=3)
    [entry] = of_kind("ledger.read")
    assert "ada@example.com" not in entry.body
    assert entry.payload is not None
    assert payloads.load(f"sha256:{bytes(entry.payload).hex()}") == {"query": QUERY}
    assert body(entry)["data"] == {"found": 3}


def test_what_a_reader_of_several_units_looks_for_is_filed_under_none_of_them(
    scene: Scene,
) -> None:
    note_reading(person=scene.first, query=QUERY, found=1)
    other = scene.open_unit("globex", "organisation")
    both = scene.person("both", Role.REVIEWER)
    people.grant_role(person=both, unit=other, role=Role.REVIEWER, actor=SYSTEM)
    note_reading(person=both, query=QUERY, found=2)
    assert [entry.scope for entry in of_kind("ledger.read")] == ["acme", ""]


def test_a_refused_act_is_written_though_all_it_did_is_rolled_back(
    committed_database: Database, tmp_path: Path
) -> None:
    scene = Scene(tmp_path)
    goal = scene.ready_task().goal
    with transaction.atomic():
        scene.open_unit("acme/never")
        with pytest.raises(NotAllowed) as refused:
            goals.cancel_goal(goal=goal, reason="mine", person=scene.first)
        note_refusal(person=scene.first, act="goal-act cancel", reason=str(refused.value))
        transaction.set_rollback(True)
    assert not Unit.objects.filter(scope="acme/never").exists()
    [entry] = of_kind("act.refused")
    assert (entry.actor_id, entry.scope, entry.outcome) == (str(scene.first.pk), "acme", "deny")
    assert body(entry)["data"] == {"reason": "This needs the role operator or admin in acme."}
    assert note_refusal(person=scene.first, act="goal-act cancel", reason="again") == ""
    assert note_refusal(person=scene.second, act="goal-act cancel", reason="mine") != ""
    assert len(of_kind("act.refused")) == 2
