"""Nobody can turn the seal red by writing what looks like the digest of a payload."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audit import ledger, payloads
from audit.bundles import payload_digests
from audit.digests import Digest
from audit.entries import Actor, Draft
from audit.models import Entry
from audit.reports import Report
from audit.stored import payload_faults
from orchestration.models import BoardEntry, Goal
from orchestration.operations import goals, saved_views
from orchestration.operations.goals import GoalSpec
from orchestration.reconstruction.reading import reconstruct_everything
from tests.integration.orchestration.comparing import differences, tables
from tests.integration.orchestration.scenes import Scene
from tests.integration.orchestration.world import tool_that

FORGED = "sha256:" + "0123456789abcdef" * 4


@pytest.fixture
def scene(db: None, tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def faults() -> list[str]:
    """What a verification has to say about payloads and references to them."""
    report = Report()
    payload_faults(report)
    return [fault.reason for fault in report.faults]


def mentioned() -> set[str]:
    """Digests that the entries mention."""
    return set(payload_digests(Entry.objects.values_list("body", flat=True)))


def test_a_goal_whose_texts_look_like_digests_is_opened_without_a_false_alarm(scene: Scene) -> None:
    scene.idle_agent()
    spec = GoalSpec(
        title=FORGED,
        objective=FORGED,
        planner="work",
        criteria=[FORGED, f'x"{FORGED}', f'"{FORGED}"'],
        constraints={"reason": FORGED, FORGED: {"value": [FORGED, f"\\{FORGED}"]}},
        brief={"x": FORGED},
        board={FORGED: FORGED},
    )
    goal = goals.open_goal(spec=spec, unit=scene.unit, requested_by=scene.asker)
    scene.run()
    assert Goal.objects.get(pk=goal.pk).title == FORGED
    assert faults() == []
    assert FORGED not in mentioned()
    assert differences(reconstruct_everything(), tables()) == []


def test_board_keys_labels_targets_and_views_that_look_like_digests_raise_no_alarm(
    scene: Scene,
) -> None:
    tool = tool_that(
        lambda call: {"image": FORGED},
        effect="read",
        idempotent=True,
        result={"properties": {"image": {"type": "string"}}},
        labels=[FORGED],
    )

    def work(task: Any) -> Any:
        found = task.call(tool, image=FORGED)
        task.post(FORGED, found)
        task.send("capability:work", "note.v1", {"about": found})
        return {FORGED: found}

    scene.agent(work, grants=(tool,))
    scene.goal()
    scene.run()
    saved_views.save_view(person=scene.first, label=FORGED, query=FORGED)
    [posted] = BoardEntry.objects.filter(key=FORGED)
    assert FORGED in str(posted.labels), "the label went with the value"
    assert faults() == []
    assert FORGED not in mentioned()
    assert posted.value in mentioned(), "what is a digest is still one"
    assert differences(reconstruct_everything(), tables()) == []


def test_a_digest_whose_payload_is_gone_is_still_found(scene: Scene) -> None:
    with ledger.transaction():
        said = {"note": Digest(FORGED), "title": payloads.store("a title")}
        ledger.append(
            Draft("note.made", Actor("system", "s"), "note", "n-1", scene.unit.scope, data=said)
        )
    assert faults() == [f"its payload {FORGED} is missing"]


def test_a_body_of_old_that_holds_a_digest_as_a_key_or_inside_a_text_is_sound(
    scene: Scene,
) -> None:
    with ledger.transaction():
        said = {FORGED: 1, "text": f'she said "{FORGED}', "ask": f'"{FORGED}": 1'}
        ledger.append(
            Draft("note.made", Actor("system", "s"), "note", "n-1", scene.unit.scope, data=said)
        )
    assert faults() == []
