"""The page of the ledger: searches, true totals, paging, one entry, and readings recorded."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import reading
from audit.models import Entry
from orchestration.models import Approval
from orchestration.vocabulary import Role
from tests.integration.console.desk import Desk, signed_in

MOST_QUERIES = 50


@pytest.fixture
def approval(desk: Desk) -> Approval:
    return desk.hold_payment()


def context(desk: Desk, query: str, role: Role = Role.REVIEWER) -> Any:
    return signed_in(desk.here[role]).get(f"/audit/?q={quote(query)}").context


def test_totals_are_those_of_the_whole_search_and_not_of_the_page(
    desk: Desk, approval: Approval
) -> None:
    found = context(desk, "kind:task.*")
    entries = Entry.objects.filter(kind__startswith="task.", scope="acme")
    assert found["matching"] == entries.count()
    assert {row["kind"].partition(".")[0] for row in found["entries"]} == {"task"}
    kinds = next(facet for facet in found["facets"] if facet["name"] == "Kind")
    assert sum(one["count"] for one in kinds["entries"]) == found["matching"]


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("kind:approval.opened", {"approval.opened"}),
        ("kind:step.* -kind:step.done decision:hold", {"step.held"}),
        ("after:2999-01-01", set()),
        ("before:2001-01-01", set()),
        ("agent:nobody-of-this-name", set()),
        ("unit:umbra", set()),
        ('kind:approval.* "tests.two-people"', {"approval.opened"}),
    ],
)
def test_qualifiers_and_words_narrow_the_search(
    desk: Desk, approval: Approval, query: str, kinds: set[str]
) -> None:
    assert {row["kind"] for row in context(desk, query)["entries"]} == kinds


def test_actors_and_goals_are_found_by_name(desk: Desk, approval: Approval) -> None:
    agent = approval.agent
    for query in (f"agent:{agent.slug}", f"actor:{agent.slug}", f"actor:{agent.pk}"):
        rows = context(desk, query)["entries"]
        assert {row["actor"] for row in rows} == {agent.slug}
    assert (
        context(desk, 'goal:"A goal"')["matching"]
        == Entry.objects.filter(goal=approval.goal_id).count()
    )


def test_what_cannot_be_understood_is_said(desk: Desk, approval: Approval) -> None:
    page = signed_in(desk.here[Role.REVIEWER]).get("/audit/?q=after:soon+-actor:ada").content
    assert b"after:soon is no time" in page
    assert b"Only kind can be negated" in page


def test_older_entries_follow_without_gap_or_repeat(desk: Desk, approval: Approval) -> None:
    client = signed_in(desk.here[Role.REVIEWER])
    seen: list[int] = []
    page = ""
    while page is not None:
        found = client.get(f"/audit/?q=-kind:ledger.*+-kind:person.*&page={page}").context
        seen += [row["id"] for row in found["entries"]]
        page = found["page"].next_page_number
    wanted = reading.matching(["acme"], reading.Filters(not_kinds=("ledger.*", "person.*")))
    assert seen == list(wanted.order_by("-id").values_list("id", flat=True))


def test_an_entry_shows_its_body_and_leads_back_to_the_person(
    desk: Desk, approval: Approval
) -> None:
    entry = Entry.objects.get(kind="approval.opened")
    shown = signed_in(desk.here[Role.REVIEWER]).get(f"/audit/?sel={entry.entry_id}")
    page = shown.content.decode()
    assert approval.digest in page
    assert [link["kind"] for link in shown.context["entry"]["cause"]] == [
        "approval.opened",
        "step.held",
        "goal.opened",
    ]
    there = signed_in(desk.there[Role.REVIEWER])
    assert there.get(f"/audit/?sel={entry.entry_id}").status_code == 404
    assert there.get("/audit/?sel=nonsense").status_code == 404


def test_reading_is_recorded_once_for_a_person_and_a_query(desk: Desk) -> None:
    client = signed_in(desk.here[Role.REVIEWER])
    for query in ("kind:task.*", "kind:task.*", "kind:goal.*"):
        client.get(f"/audit/?q={query}")
    signed_in(desk.here[Role.ADMIN]).get("/audit/?q=kind:task.*")
    read = Entry.objects.filter(kind="ledger.read")
    reviewer = str(desk.here[Role.REVIEWER].pk)
    assert read.filter(actor_id=reviewer).count() == 2
    assert read.count() == 3


def test_the_page_takes_a_bounded_number_of_queries(desk: Desk, approval: Approval) -> None:
    client = signed_in(desk.here[Role.REVIEWER])
    client.get("/audit/")
    with CaptureQueriesContext(connection) as asked:
        client.get("/audit/")
    assert len(asked) <= MOST_QUERIES
