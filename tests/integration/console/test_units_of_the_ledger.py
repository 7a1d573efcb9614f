"""Who has no rights on a unit sees, searches, counts and reconstructs none of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from audit.reading import SHARED
from orchestration.models import Approval
from orchestration.operations import saved_views
from orchestration.vocabulary import Role
from tests.integration.console.desk import Desk, signed_in


@pytest.fixture
def approval(desk: Desk) -> Approval:
    return desk.hold_payment()


@pytest.fixture
def stranger(desk: Desk) -> Client:
    """A reviewer of the other organisation."""
    return signed_in(desk.there[Role.REVIEWER])


def is_theirs(entry: Entry) -> bool:
    shared = entry.scope == "" and entry.subject_kind in SHARED
    return shared or entry.scope == "umbra" or entry.scope.startswith("umbra/")


def test_pages_totals_facets_and_the_strip_hold_none_of_it(
    desk: Desk, approval: Approval, stranger: Client
) -> None:
    found = stranger.get("/audit/?facet=unit").context
    mine = [one for one in Entry.objects.all() if is_theirs(one)]
    read = Entry.objects.filter(kind="ledger.read", scope="umbra").count()
    assert found["total"] == found["matching"] == len(mine) - read
    units = next(one for one in found["facets"] if one["name"] == "Unit")
    assert {one["label"] for one in units["entries"]} <= {"umbra", "the whole installation"}
    kinds = stranger.get("/audit/?facet=kind").context["facets"][1]["entries"]
    assert {one["label"] for one in kinds} <= {
        one.kind for one in Entry.objects.all() if is_theirs(one)
    }


@pytest.mark.parametrize(
    "query",
    ["unit:acme", "kind:approval.*", "goal:goal", "agent:{agent}", "{digest}", "subject:{step}"],
)
def test_no_search_finds_it(desk: Desk, approval: Approval, stranger: Client, query: str) -> None:
    text = query.format(agent=approval.agent.slug, digest=approval.digest, step=approval.step_id)
    here = signed_in(desk.here[Role.REVIEWER])
    assert here.get("/audit/", {"q": text}).context["matching"] > 0
    found = stranger.get("/audit/", {"q": text}).context
    assert (found["matching"], found["entries"]) == (0, [])
    assert all(not facet["entries"] for facet in found["facets"])


def test_no_entry_opens_by_its_id(desk: Desk, approval: Approval, stranger: Client) -> None:
    key = Entry.objects.get(kind="approval.opened").entry_id
    addresses = [
        f"/audit/?sel={key}",
        f"/audit/?sel={key}&verify=1",
        *(reverse(f"entry-{what}", args=[key]) for what in ("evidence", "proof", "receipt")),
    ]
    assert [stranger.get(one).status_code for one in addresses] == [404] * len(addresses)


def test_nothing_of_it_is_counted_as_newer_or_suggested(
    desk: Desk, approval: Approval, stranger: Client
) -> None:
    assert stranger.get("/audit/newer/?q=kind:approval.*&after=0").json() == {"count": 0}
    for word in (
        "kind:approval",
        f"agent:{approval.agent.slug}",
        "goal:",
        "unit:acme",
        "about:step",
    ):
        items = stranger.get("/audit/suggest/", {"word": word}).json()["items"]
        assert items == [], word


def test_no_goal_is_reconstructed_and_none_is_offered(
    desk: Desk, approval: Approval, stranger: Client
) -> None:
    address = reverse("reconstruct")
    here = signed_in(desk.here[Role.REVIEWER])
    assert here.get(f"{address}?goal={approval.goal_id}").status_code == 200
    assert stranger.get(f"{address}?goal={approval.goal_id}").status_code == 404
    assert stranger.get(f"{address}?goal={approval.goal_id}&n=1").status_code == 404
    assert stranger.get(address).context["goals"] == []


def test_a_view_shared_in_a_unit_is_there_for_its_readers_only(
    desk: Desk, stranger: Client
) -> None:
    owner = desk.here[Role.REVIEWER]
    shared = saved_views.save_view(person=owner, label="Holds", query="q=x", unit="acme")
    own = saved_views.save_view(person=owner, label="Mine", query="q=y")

    def seen_by(client: Client) -> list[str]:
        return [view["label"] for view in client.get("/audit/").context["views"]]

    assert seen_by(signed_in(owner)) == ["Holds", "Mine"]
    assert seen_by(signed_in(desk.here[Role.VIEWER])) == ["Holds"]
    assert seen_by(stranger) == []
    for view in (shared, own):
        assert stranger.get(reverse("view", args=[view.pk])).status_code == 404
        answer = stranger.post(reverse("view", args=[view.pk]), {"act": "remove"})
        assert answer.status_code == 404
    colleague = signed_in(desk.here[Role.ADMIN])
    assert colleague.post(reverse("view", args=[shared.pk]), {"act": "remove"}).status_code == 404
    assert seen_by(signed_in(owner)) == ["Holds", "Mine"]


def test_a_view_cannot_be_shared_where_one_has_no_rights(desk: Desk, stranger: Client) -> None:
    said: dict[str, Any] = {"label": "Spy", "query": "q=x", "unit": "acme"}
    assert stranger.post(reverse("view-save"), said).status_code == 403
