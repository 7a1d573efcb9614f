"""Drafts on screen: written, checked while one writes, reviewed, published, and brought back."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from orchestration.models import Bundle, Person, PolicyDraft
from orchestration.operations import people
from orchestration.operations.changes import SYSTEM
from orchestration.operations.policy_drafts import DraftEdit, change_draft, open_draft
from orchestration.operations.policy_texts import draft_sources
from orchestration.vocabulary import Role
from tests.integration.console.desk import HOLD, Desk, signed_in

LIMIT = """policy: acme.limit
title: At most ten
scope: {tools: ["tests.*"], units: ["acme/**"]}
rules:
  - {name: over, effect: deny, when: act.arguments.n > 10}
  - {name: late, effect: deny, when: time.hour > 20}
tests:
  - {name: ten is fine, given: {act: {target: tests.x, arguments: {n: 10}}}, expect: nothing}
"""
WRONG = LIMIT.replace("time.hour", "time.hous")


@pytest.fixture
def author(desk: Desk) -> Person:
    desk.policy(HOLD)
    return desk.here[Role.ADMIN]


@pytest.fixture
def other(desk: Desk) -> Person:
    return desk.person("second-admin", Role.ADMIN)


@pytest.fixture
def draft(author: Person) -> PolicyDraft:
    edit = DraftEdit(texts=(LIMIT,), title="A limit for ours", reason="too many")
    return open_draft(scope="acme", person=author, edit=edit)


def page(person: Person, draft: PolicyDraft, query: str = "") -> str:
    answer = signed_in(person).get(reverse("draft", args=[draft.pk]) + query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def save(person: Person, draft: PolicyDraft, text: str, **more: Any) -> Any:
    known = {"key": "acme.limit", "revision": draft.revision, "base": draft.texts["acme.limit"]}
    said = known | {"text": text.replace("\n", "\r\n")} | more
    return signed_in(person).post(reverse("draft-save", args=[draft.pk]), said)


def act(person: Person, draft: PolicyDraft, what: str, words: str = "") -> Any:
    fresh = PolicyDraft.objects.get(pk=draft.pk)
    said = {"words": words, "revision": fresh.revision}
    return signed_in(person).post(reverse("draft-act", args=[draft.pk, what]), said)


def test_a_draft_is_begun_for_a_policy_and_its_text_stands_in_the_editor(
    author: Person, desk: Desk
) -> None:
    people.grant_role(person=author, unit=desk.other, role=Role.ADMIN, actor=SYSTEM)
    client = signed_in(author)
    said = {"title": "Ask three people", "reason": "it went wrong", "scope": ""}
    answer = client.post(reverse("draft-new") + "?policy=tests.two-people", said, follow=True)
    shown = answer.content.decode()
    assert "policy: tests.two-people" in shown
    assert "Ask three people" in shown
    assert PolicyDraft.objects.get().texts == {}


def test_files_are_taken_in_with_their_unix_line_ends_and_refused_whole_with_line_and_column(
    author: Person,
) -> None:
    def send(text: str) -> Any:
        file = SimpleUploadedFile("a.yaml", text.encode())
        said = {"title": "From files", "scope": "acme", "texts": [file]}
        return signed_in(author).post(reverse("draft-new"), said)

    refused = send(WRONG)
    assert refused.status_code == 422
    assert "line 6, column" in refused.content.decode()
    assert not PolicyDraft.objects.exists()
    assert send(LIMIT.replace("\n", "\r\n")).status_code == 302
    assert draft_sources(PolicyDraft.objects.get()) == {"acme.limit": LIMIT}


def test_what_cannot_be_saved_stays_in_the_editor_with_its_line_and_column(
    author: Person, draft: PolicyDraft
) -> None:
    answer = save(author, draft, WRONG)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "time.hous" in shown
    assert 'data-line="6"' in shown
    assert "There is <span" in shown
    assert draft_sources(PolicyDraft.objects.get())["acme.limit"] == LIMIT


def test_the_check_names_problems_reads_the_other_rules_and_writes_nothing(
    author: Person, draft: PolicyDraft
) -> None:
    client = signed_in(author)
    address = reverse("draft-check", args=[draft.pk])
    answer = client.post(address, {"text": WRONG}, headers={"HX-Request": "true"})
    part = " ".join(answer.content.decode().split())
    assert "<html" not in part
    assert 'data-line="6" data-column="' in part
    assert "If the argument n is over 10, the step is denied." in part
    assert "Line 6 does not compile." in part
    assert "wait for line 6" in part
    good = client.post(address, {"text": LIMIT}, headers={"HX-Request": "true"}).content.decode()
    assert "This text can be saved." in good
    assert "Pass" in good
    assert PolicyDraft.objects.get().revision == draft.revision


def test_a_policy_of_a_unit_that_speaks_about_another_is_not_saved(
    author: Person, draft: PolicyDraft
) -> None:
    answer = save(author, draft, LIMIT.replace("acme/**", "umbra/**"))
    assert answer.status_code == 422
    assert "speaks about acme only" in answer.content.decode()


def test_two_people_at_once_lose_nothing_the_second_sees_both_texts(
    author: Person, other: Person, draft: PolicyDraft
) -> None:
    seen = PolicyDraft.objects.get()
    assert save(other, draft, LIMIT.replace("n > 10", "n > 12")).status_code == 302
    answer = save(author, seen, LIMIT.replace("n > 10", "n > 14"))
    shown = " ".join(answer.content.decode().split())
    assert answer.status_code == 409
    assert "second-admin saved this policy while you wrote" in shown
    assert "n &gt; 12" in shown
    assert "n &gt; 14" in shown
    assert "n > 12" in str(draft_sources(PolicyDraft.objects.get())["acme.limit"])
    fresh = PolicyDraft.objects.get()
    assert save(author, fresh, LIMIT.replace("n > 10", "n > 14")).status_code == 302


def test_two_people_in_two_policies_of_one_draft_do_not_stand_in_each_others_way(
    author: Person, other: Person, draft: PolicyDraft
) -> None:
    seen = PolicyDraft.objects.get()
    second = LIMIT.replace("acme.limit", "acme.second")
    change_draft(draft=PolicyDraft.objects.get(), person=other, edit=DraftEdit(texts=(second,)))
    assert save(author, seen, LIMIT.replace("n > 10", "n > 11")).status_code == 302
    texts = draft_sources(PolicyDraft.objects.get())
    assert sorted(texts) == ["acme.limit", "acme.second"]
    assert "n > 11" in str(texts["acme.limit"])


def test_who_wrote_it_cannot_review_or_publish_it_and_a_viewer_only_reads(
    author: Person, desk: Desk, draft: PolicyDraft
) -> None:
    mine = page(author, draft)
    assert "You wrote in this draft, so somebody else reviews it." in mine
    assert act(author, draft, "review").status_code == 403
    assert act(author, draft, "publish").status_code == 403
    seen = page(desk.here[Role.VIEWER], draft)
    assert "Save draft" not in seen
    assert "data-readonly" in seen
    assert PolicyDraft.objects.get().state == "draft"


def test_review_publication_and_roll_back_by_others_with_who_and_why(
    author: Person, other: Person, desk: Desk, draft: PolicyDraft
) -> None:
    before = Bundle.objects.get(state="active").number
    assert act(desk.here[Role.REVIEWER], draft, "review", "looks right").status_code == 302
    assert "Reviewed by here-reviewer" in page(author, draft)
    assert act(desk.here[Role.REVIEWER], draft, "publish").status_code == 403
    assert act(other, draft, "publish", "agreed on Monday").status_code == 302
    bundle = Bundle.objects.get(state="active")
    shown = signed_in(author).get(reverse("bundle", args=[bundle.number])).content.decode()
    assert "agreed on Monday" in shown
    assert "acme.limit" in shown
    third = desk.person("third-admin", Role.ADMIN)
    said = {"words": "too strict"}
    restored = signed_in(third).post(reverse("bundle-restore", args=[before]), said, follow=True)
    assert f"it says what {before} said" in restored.content.decode()
    assert Bundle.objects.get(state="active").restores == before
    history = signed_in(author).get(reverse("bundles")).content.decode()
    assert f"back to {before}" in history


def test_a_draft_is_sent_back_with_words_and_given_up(
    author: Person, desk: Desk, draft: PolicyDraft
) -> None:
    assert act(desk.here[Role.REVIEWER], draft, "return").status_code == 422
    assert act(desk.here[Role.REVIEWER], draft, "return", "ten is too few").status_code == 302
    assert "ten is too few" in page(author, draft)
    assert act(author, draft, "withdraw", "not needed").status_code == 302
    ended = signed_in(author).get(reverse("drafts") + "?ended=1").content.decode()
    assert "A limit for ours" in ended
    assert "Nothing is being changed" in signed_in(author).get(reverse("drafts")).content.decode()


def test_a_policy_is_taken_out_in_a_draft_and_left_alone_again(author: Person, desk: Desk) -> None:
    people.grant_role(person=author, unit=desk.other, role=Role.ADMIN, actor=SYSTEM)
    draft = open_draft(scope="", person=author, edit=DraftEdit(title="Without it"))
    assert act(author, draft, "take-out", "tests.two-people").status_code == 302
    shown = page(author, draft, "?policy=tests.two-people")
    assert "Taken out" in shown
    assert "takes the policy out of force" in shown
    assert act(author, draft, "drop", "tests.two-people").status_code == 302
    assert PolicyDraft.objects.get().texts == {}


def test_a_pack_becomes_a_draft_of_a_unit_and_is_explained_with_its_tests(
    author: Person,
) -> None:
    client = signed_in(author)
    about = " ".join(client.get(reverse("pack", args=["payments"])).content.decode().split())
    assert "Money that leaves rarely comes back" in about
    assert "<code>payments.two-people</code>" in about
    said = {"scope": "acme"}
    assert client.post(reverse("pack-install", args=["payments"]), said).status_code == 302
    assert set(PolicyDraft.objects.get().texts) == {
        "acme.payments.two-people",
        "acme.payments.counted",
        "acme.payments.payee",
    }


def test_texts_leave_as_yaml_files_and_come_back_the_same(
    author: Person, draft: PolicyDraft
) -> None:
    client = signed_in(author)
    packed = client.get(reverse("draft-export", args=[draft.pk]))
    with zipfile.ZipFile(io.BytesIO(packed.content)) as files:
        assert files.namelist() == ["acme.limit.yaml"]
        assert files.read("acme.limit.yaml").decode() == LIMIT
    one = client.get(reverse("policy-export", args=["tests.two-people"]))
    assert one.content.decode() == HOLD
    assert 'filename="tests.two-people.yaml"' in one["Content-Disposition"]
    number = Bundle.objects.get(state="active").number
    whole = client.get(reverse("bundle-export", args=[number]))
    with zipfile.ZipFile(io.BytesIO(whole.content)) as files:
        assert "tests.two-people.yaml" in files.namelist()


def test_principles_stand_beside_what_enforces_them(author: Person) -> None:
    shown = signed_in(author).get(reverse("principles")).content.decode()
    assert "Advice only" in shown


def test_long_names_and_hostile_words_are_shown_as_text(author: Person, desk: Desk) -> None:
    title = "<script>alert(1)</script> " + "long" * 40
    draft = open_draft(scope="acme", person=author, edit=DraftEdit(title=title[:200]))
    for shown in (page(author, draft), signed_in(author).get(reverse("drafts")).content.decode()):
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert" in shown


def test_a_stranger_to_the_unit_finds_no_draft(desk: Desk, draft: PolicyDraft) -> None:
    there = desk.there[Role.ADMIN]
    assert signed_in(there).get(reverse("draft", args=[draft.pk])).status_code == 404
    assert "A limit for ours" not in signed_in(there).get(reverse("drafts")).content.decode()
    assert Client().get(reverse("drafts")).status_code == 302
