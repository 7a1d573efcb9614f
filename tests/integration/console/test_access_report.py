"""The access report: who could, as the ledger alone tells it for a day, and who did."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

from django.db import connection
from django.http import StreamingHttpResponse
from django.utils import timezone

from audit.models import Entry
from console.queries.access_reviews import Window, report
from orchestration.models import Membership, Person
from orchestration.operations.changes import SYSTEM
from orchestration.operations.people import withdraw_role
from orchestration.vocabulary import Role
from tests.integration.console.desk import Desk, signed_in


def page(person: Person, **asked: str) -> Any:
    return signed_in(person).get("/audit/access/", asked).context


def test_it_says_who_could_and_who_did(desk: Desk) -> None:
    desk.hold_payment()
    found = page(desk.here[Role.REVIEWER], scope="acme")
    people = {one["name"]: one for one in found["people"]}
    assert set(people) >= {"ada", "pia", "here-reviewer"}
    assert [role["role"] for role in people["pia"]["roles"]] == ["approver"]
    assert people["pia"]["unused"]
    [agent] = [one for one in found["agents"] if one["slug"] == desk.payer.slug]
    assert agent["grants"]
    assert agent["unused"] == []
    assert agent["total"] == Entry.objects.filter(actor_id=str(desk.payer.pk)).count()
    assert found["differing"] == []


def test_who_could_is_as_of_the_end_of_the_time(desk: Desk) -> None:
    """A role that was withdrawn later still stands for the moment before."""
    between = Entry.objects.latest("id").recorded_at + timedelta(microseconds=1)
    withdraw_role(person=desk.first, unit=desk.unit, role=Role.APPROVER, actor=SYSTEM)
    reader, now = desk.here[Role.ADMIN], timezone.now()
    start = now - timedelta(days=1)
    then = report(reader, Window("acme", start, between), now)
    after = report(reader, Window("acme", start, now), now)
    key = str(desk.first.pk)
    assert key in {one.id for one in then.holders}
    assert key not in {one.id for one in after.holders}


def test_a_role_that_was_slipped_into_the_tables_is_told(desk: Desk) -> None:
    Membership.objects.create(person=desk.stranger, unit=desk.unit, role=Role.ADMIN)
    Membership.objects.filter(person=desk.second).delete()
    told = page(desk.here[Role.REVIEWER], scope="acme")["differing"]
    assert told == [
        f"admin in acme of {desk.stranger.pk} has no entry",
        f"approver in acme of {desk.second.pk} has no row",
    ]


def test_a_reviewer_of_another_unit_learns_nothing(desk: Desk) -> None:
    desk.hold_payment()
    there = signed_in(desk.there[Role.REVIEWER])
    assert there.get("/audit/access/", {"scope": "acme"}).status_code == 404
    assert there.post("/audit/access/take/", {"scope": "acme"}).status_code == 404
    text = there.get("/audit/access/").content.decode()
    assert [name for name in ("pia", "quinn", desk.payer.slug) if name in text] == []


def test_the_table_holds_what_the_page_shows_and_runs_in_no_spreadsheet(desk: Desk) -> None:
    Person.objects.filter(pk=desk.first.pk).update(display_name="=HYPERLINK(1)")
    desk.hold_payment()
    client = signed_in(desk.here[Role.REVIEWER])
    answer = client.post("/audit/access/take/", {"scope": "acme"})
    assert isinstance(answer, StreamingHttpResponse)
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode())))
    assert rows[0][:4] == ["who", "kind", "unit", "role or version"]
    names = {row[0] for row in rows}
    assert {"'=HYPERLINK(1)", desk.payer.slug, "here-viewer"} <= names
    assert Entry.objects.filter(kind="ledger.exported").count() == 1


def test_what_cannot_be_understood_is_refused(desk: Desk) -> None:
    client = signed_in(desk.here[Role.REVIEWER])
    for asked in ({"since": "soon"}, {"since": "2026-11-02", "until": "2026-11-01"}):
        assert client.get("/audit/access/", {"scope": "acme", **asked}).status_code == 422


def test_the_report_takes_a_bounded_number_of_queries(desk: Desk) -> None:
    from django.test.utils import CaptureQueriesContext

    desk.hold_payment()
    client = signed_in(desk.here[Role.REVIEWER])
    client.get("/audit/access/")
    with CaptureQueriesContext(connection) as asked:
        client.get("/audit/access/")
    assert len(asked) <= 40
