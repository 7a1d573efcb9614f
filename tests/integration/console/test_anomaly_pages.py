"""The feed of findings and the page of one: what is seen, by whom, and what people do there."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from audit import ledger
from orchestration.coherence.loop import Loop
from orchestration.detection.events import Step as Event
from orchestration.detection.stream import replay
from orchestration.models import Finding, Pace, Person, Response, Step
from orchestration.operations.findings import keep_findings
from orchestration.operations.responding import respond_by_itself
from orchestration.vocabulary import Role
from tests.integration.console.desk import Desk, signed_in


def find_a_loop(desk: Desk) -> Finding:
    """An agent posts the same again and again; what the detector makes of its steps is kept."""

    def run(task: Any) -> dict[str, str]:
        for _ in range(8):
            task.post("plan", "the same")
        return {}

    desk.agent(run)
    desk.goal()
    desk.run()
    steps = [
        Event(
            id=f"{step.pk}:done",
            at=step.decided_at.timestamp(),
            scope=step.scope,
            goal=str(step.goal_id),
            task=str(step.task_id),
            agent=str(step.agent_id),
            act=step.act,
            target=step.target,
            call=step.digest,
        )
        for step in Step.objects.filter(act="board.post")
    ]
    with ledger.transaction():
        [kept] = keep_findings(found=replay([Loop()], steps))
    respond_by_itself(finding=kept, ladder=Loop.about.ladder)
    return kept


@pytest.fixture
def finding(desk: Desk) -> Finding:
    return find_a_loop(desk)


def text(person: Person, address: str) -> str:
    answer = signed_in(person).get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def act(who: Person, finding: Finding, what: str, /, **said: Any) -> str:
    address = reverse("finding-act", args=[finding.pk, what])
    answer = signed_in(who).post(address, said, follow=True)
    return " ".join(answer.content.decode().split())


def test_the_feed_shows_what_stands_with_names_and_counts(desk: Desk, finding: Finding) -> None:
    page = text(desk.operator, "/anomalies/")
    assert "repeats plan" in page
    assert "{0}" not in page
    assert reverse("finding", args=[finding.pk]) in page
    assert 'id="count-anomalies"' in page
    assert "Nothing unusual" not in page


def test_the_feed_can_be_grouped_and_narrowed(desk: Desk, finding: Finding) -> None:
    for group in ("", "kind", "goal", "unit"):
        assert "repeats plan" in text(desk.operator, f"/anomalies/?group={group}&q=plan")
    assert "repeats plan" in text(desk.operator, "/anomalies/?kind=coherence.loop&severity=medium")
    assert "No finding matches" in text(desk.operator, "/anomalies/?q=nothing-like-this")
    assert "No finding matches" in text(desk.operator, "/anomalies/?kind=coherence.deadlock")
    assert "Nothing is yours" in text(desk.operator, "/anomalies/?mine=1")
    assert "Nothing was resolved" in text(desk.operator, "/anomalies/?state=resolved")


def test_a_finding_shows_its_evidence_why_and_what_was_done(desk: Desk, finding: Finding) -> None:
    page = text(desk.operator, reverse("finding", args=[finding.pk]))
    assert page.count('class="evc ') == len(finding.nodes)
    assert page.count('<path class="edge') == len(finding.edges)
    assert "Carried out" in page
    assert "waits 500 ms" in page
    assert "How the detector decides" in page
    assert "What will happen" in page


def test_a_wrong_response_is_undone_from_the_page(desk: Desk, finding: Finding) -> None:
    response = finding.responses.get()
    page = act(desk.operator, finding, "undo", response=str(response.pk))
    assert "works at full speed" in page
    assert not Pace.objects.exists()
    response.refresh_from_db()
    assert response.state == "undone"


def test_a_denied_response_says_so_on_the_page(desk: Desk, finding: Finding) -> None:
    desk.policy(
        """
policy: tests.no-pauses
title: No pauses
scope: {acts: [finding.respond]}
rules:
  - {name: never, when: act.target == "pause", effect: deny, reason: "nobody pauses here"}
"""
    )
    page = act(desk.operator, finding, "respond", kind="pause")
    assert "was not carried out: nobody pauses here" in page
    assert "Denied by policy" in page
    assert Response.objects.get(kind="pause").state == "denied"


def test_people_take_assign_mute_resolve_and_reopen_it(desk: Desk, finding: Finding) -> None:
    admin = desk.here[Role.ADMIN]
    assert "It is yours now" in act(desk.operator, finding, "take")
    assert "sees to it now" in act(desk.operator, finding, "assign", person=str(admin.pk))
    assert "Nobody sees" in act(admin, finding, "assign", person="")
    assert "Muted for a day" in act(admin, finding, "mute", hours="24", reason="known")
    assert "repeats plan" in text(admin, "/anomalies/?state=muted")
    assert "stands in the feed again" in act(admin, finding, "reopen")
    assert "Resolved." in act(admin, finding, "resolve", reason="corrected")
    assert "corrected" in text(admin, reverse("finding", args=[finding.pk]))


def test_bad_input_is_told_and_changes_nothing(desk: Desk, finding: Finding) -> None:
    before = Finding.objects.get(pk=finding.pk).revision
    for what, said in (
        ("mute", {"hours": "9", "reason": "x"}),
        ("mute", {"hours": "1"}),
        ("resolve", {}),
        ("respond", {"kind": "explode"}),
        ("undo", {"response": "no id"}),
    ):
        address = reverse("finding-act", args=[finding.pk, what])
        assert signed_in(desk.operator).post(address, said).status_code in {400, 422}
    unknown = reverse("finding-act", args=[finding.pk, "dance"])
    assert signed_in(desk.operator).post(unknown).status_code == 404
    assert Finding.objects.get(pk=finding.pk).revision == before


def test_a_viewer_sees_it_and_may_not_act(desk: Desk, finding: Finding) -> None:
    viewer = desk.here[Role.VIEWER]
    page = text(viewer, reverse("finding", args=[finding.pk]))
    assert "This needs the role operator or admin" in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    address = reverse("finding-act", args=[finding.pk, "take"])
    assert signed_in(viewer).post(address).status_code == 403


def test_another_organisation_sees_nothing_of_it(desk: Desk, finding: Finding) -> None:
    stranger = desk.there[Role.OPERATOR]
    assert "Nothing unusual" in text(stranger, "/anomalies/")
    address = reverse("finding", args=[finding.pk])
    assert signed_in(stranger).get(address).status_code == 404
    taken = reverse("finding-act", args=[finding.pk, "take"])
    assert signed_in(stranger).post(taken).status_code == 404
