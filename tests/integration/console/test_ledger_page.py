"""The page of the ledger: searches, true totals, paging, one entry, and readings recorded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import reading, totals
from audit.models import Entry
from orchestration.errors import StaleWrite
from orchestration.models import Approval, SavedView
from orchestration.operations import approvals, saved_views
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
    page = signed_in(desk.here[Role.REVIEWER]).get("/audit/?q=kind:task.*&facet=kind")
    found = page.context
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


def test_a_search_that_is_not_understood_shows_where_and_nothing_else(
    desk: Desk, approval: Approval
) -> None:
    answer = signed_in(desk.here[Role.REVIEWER]).get("/audit/?q=kind:task.*+colour:red+after:soon")
    page = answer.content.decode()
    assert "<mark>colour</mark>:red after:soon" in page
    assert "<b>Character 13:</b> there is no qualifier colour:" in page
    assert "<mark>after:soon</mark>" in page
    assert "entries" not in answer.context
    assert "facets" not in answer.context


def test_a_value_of_a_facet_narrows_the_search_to_as_many_as_it_says(
    desk: Desk, approval: Approval
) -> None:
    client = signed_in(desk.here[Role.REVIEWER])
    facets = client.get("/audit/?q=kind:step.*+kind:task.*").context["facets"]
    for facet in facets:
        for value in facet["entries"]:
            assert client.get(value["url"]).context["matching"] == value["count"], value


def test_an_unfolded_facet_shows_every_value(desk: Desk, approval: Approval) -> None:
    client = signed_in(desk.here[Role.REVIEWER])

    def kinds(address: str) -> Any:
        return next(one for one in client.get(address).context["facets"] if one["name"] == "Kind")

    folded = kinds("/audit/?q=-kind:ledger.*")
    unfolded = kinds(folded["more_url"])
    assert folded["more"] > 0
    assert len(unfolded["entries"]) == len(folded["entries"]) + folded["more"]
    wanted = reading.Filters(not_kinds=("ledger.*",))
    assert sum(one["count"] for one in unfolded["entries"]) == totals.count(["acme"], wanted)


def test_zooming_shows_the_entries_of_that_time_and_the_way_back(
    desk: Desk, approval: Approval
) -> None:
    first, last = (
        Entry.objects.filter(scope="acme").order_by(order)[0].recorded_at for order in ("id", "-id")
    )
    found = context(desk, f"kind:step.* after:{first.isoformat()} before:{last.isoformat()}")
    within = Entry.objects.filter(kind__startswith="step.", scope="acme", recorded_at__lt=last)
    assert found["matching"] == within.filter(recorded_at__gte=first).count()
    assert found["zooming"]["query"] == "kind:step.*"
    assert "after" in found["zooming"]["out_url"]
    assert "after" not in found["zooming"]["whole_url"]


def test_times_are_told_and_read_in_the_zone_of_the_address(desk: Desk, approval: Approval) -> None:
    client = signed_in(desk.here[Role.REVIEWER])
    entry = Entry.objects.get(kind="approval.opened")
    tokyo = entry.recorded_at.astimezone(ZoneInfo("Asia/Tokyo"))
    page = client.get(f"/audit/?q=kind:approval.opened&tz=Asia/Tokyo&sel={entry.entry_id}")
    assert tokyo.strftime("%H:%M:%S") in page.content.decode()
    typed = (tokyo + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
    found = client.get(f"/audit/?q=kind:approval.opened+before:{typed}&tz=Asia/Tokyo")
    assert found.context["matching"] == 1
    assert client.get(f"/audit/?q=before:{typed}&tz=nowhere").status_code == 200


def test_only_what_came_in_since_is_counted_as_newer(desk: Desk, approval: Approval) -> None:
    client = signed_in(desk.here[Role.REVIEWER])
    last = Entry.objects.order_by("-id")[0].id
    desk.agent(lambda task: {})
    matching = Entry.objects.filter(kind="agent.registered", id__gt=last).count()
    newer = client.get(f"/audit/newer/?q=kind:agent.registered&after={last}").json()
    assert newer == {"count": matching}
    assert matching == 1
    assert client.get(f"/audit/newer/?q=colour:red&after={last}").status_code == 422


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("ki", "kind:"),
        ("-", "-kind:"),
        ("decision:h", "decision:hold"),
        ("kind:appr", "kind:approval.*"),
        ("goal:A", 'goal:"A goal"'),
        ("unit:", "unit:acme"),
        ("after:", "after:15m"),
    ],
)
def test_a_word_is_completed_from_what_the_reader_may_see(
    desk: Desk, approval: Approval, word: str, first: str
) -> None:
    client = signed_in(desk.here[Role.REVIEWER])
    items = client.get(f"/audit/suggest/?word={quote(word)}").json()["items"]
    assert items[0]["insert"] == first


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
        str(approval.goal.requested_by),
        "goal.opened",
        "task.added",
        "task.awarded",
        "step.held",
        "approval.opened",
    ]
    there = signed_in(desk.there[Role.REVIEWER])
    assert there.get(f"/audit/?sel={entry.entry_id}").status_code == 404
    assert there.get("/audit/?sel=nonsense").status_code == 404


def test_an_approved_step_leads_back_to_those_who_approved_it(
    desk: Desk, approval: Approval
) -> None:
    for person in (desk.first, desk.second):
        approvals.cast_vote(
            approval_id=approval.pk,
            person=person,
            verdict="approve",
            reason="checked",
            digest=approval.digest,
        )
    desk.run()
    entry = Entry.objects.filter(subject_id=str(approval.step_id)).order_by("-id")[0]
    shown = signed_in(desk.here[Role.REVIEWER]).get(f"/audit/?sel={entry.entry_id}")
    links = [(link["kind"], link["text"]) for link in shown.context["entry"]["cause"]]
    answered = [text for kind, text in links if kind == "approval.answered"]
    assert [text.partition(",")[0] for text in answered] == ["pia", "quinn"]


def test_looking_at_an_entry_is_recorded(desk: Desk, approval: Approval) -> None:
    client = signed_in(desk.here[Role.REVIEWER])
    entry = Entry.objects.get(kind="approval.opened")
    last = Entry.objects.order_by("-id")[0].id
    for _ in range(2):
        client.get(f"/audit/?sel={entry.entry_id}", headers={"HX-Request": "true"})
    assert Entry.objects.filter(kind="ledger.read", id__gt=last).count() == 1


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


def test_a_view_of_a_name_that_is_taken_is_refused_and_the_first_one_stays(desk: Desk) -> None:
    client = signed_in(desk.here[Role.REVIEWER])
    for query in ("q=kind%3Agoal.*", "q=kind%3Atask.*"):
        answer = client.post("/audit/views/", {"label": "Mine", "query": query})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "You have a view called “Mine” already." in page
    assert [view.query for view in SavedView.objects.all()] == ["q=kind%3Agoal.*"]
    missing = client.post("/audit/views/", {"label": " ", "query": "q=x"})
    assert missing.status_code == 422
    assert "Name: This field is required." in missing.content.decode()


def test_a_removed_views_name_is_free_again_and_one_that_changed_meanwhile_is_refused(
    desk: Desk,
) -> None:
    owner = desk.here[Role.REVIEWER]
    view = saved_views.save_view(person=owner, label="Mine", query="q=x")
    stale = SavedView.objects.get(pk=view.pk)
    saved_views.change_view(view=view, person=owner, label="Other", query="q=y")
    with pytest.raises(StaleWrite):
        saved_views.remove_view(view=stale, person=owner)
    saved_views.remove_view(view=view, person=owner)
    saved_views.save_view(person=owner, label="Other", query="q=z")
    assert signed_in(owner).get("/audit/").context["views"][0]["url"] == "/audit/?q=z"
