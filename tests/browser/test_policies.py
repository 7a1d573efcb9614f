"""Policies in a real browser: written with an error, mended, tested, replayed, and put in force."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from orchestration.jobs.replaying import replay_history
from orchestration.models import Bundle, PolicyDraft, PolicyReplay
from orchestration.operations.policy_drafts import DraftEdit, change_draft, open_draft
from orchestration.operations.policy_texts import draft_sources
from orchestration.vocabulary import Role
from tests.browser.axe import violations
from tests.browser.test_approving import PHONE, sign_in
from tests.integration.console.desk import Desk

pytestmark = pytest.mark.browser

CAREFUL = 150
"""Milliseconds after which the editor takes Enter as meant for a completion that just opened."""

TEXT = """policy: acme.limit
title: Nothing is paid to Northwind, whatever the reason given and however urgent it seems
scope: {acts: [tool.call], units: ["acme/**"]}
rules:
  - name: not-them
    when: has(act.arguments.payee) && act.arguments.payee == "Northwind"
    effect: deny
    reason: "{act.arguments.payee} is not paid"
tests:
  - {name: they are not, given: {act: {arguments: {payee: Northwind}}}, expect: deny}
"""
OPENED = """
for (const one of document.querySelectorAll(".rp-window, .menu:has(.carried)")) one.open = true
"""
"""Shows the fields for a window of time, and the principles that a goal's agents carry."""

WEEKEND = """  - name: weekend
    when: time.weekdy > 5
    effect: deny
"""


@pytest.fixture
def desk(committed_database: object, tmp_path: Path) -> Desk:
    """Two organisations and their people, on a database that the web server sees."""
    return Desk(tmp_path)


@pytest.fixture
def draft(desk: Desk) -> PolicyDraft:
    """A draft by an admin, with a payment in the past that it would have denied."""
    desk.hold_payment()
    edit = DraftEdit(texts=(TEXT,), title="Do not pay them any more", reason="they went broke")
    return open_draft(scope="acme", person=desk.here[Role.ADMIN], edit=edit)


class Visitors:
    """Browsers of several people; each must have written nothing to its console."""

    def __init__(self, browser: Any, server: str) -> None:
        self.browser, self.server = browser, server
        self.contexts: list[Any] = []
        self.said: list[str] = []

    def open(self, name: str, **how: Any) -> Any:
        """A page on which this person has signed in."""
        size = {"width": 1440, "height": 900}
        context = self.browser.new_context(base_url=self.server, viewport=size, **how)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda line: self.said.append(f"{line.type}: {line.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        sign_in(page, name)
        return page


@pytest.fixture
def visitors(browser: Any, console_server: str) -> Iterator[Visitors]:
    """Browsers of several people."""
    found = Visitors(browser, console_server)
    yield found
    for context in found.contexts:
        context.close()
    assert [line for line in found.said if "status of 409" not in line] == []


def write(page: Any, before: str, text: str) -> None:
    """Write lines into the editor in front of a line, as a paste does."""
    page.evaluate(
        """([before, text]) => {
          const { view } = document.querySelector("policy-editor");
          const at = view.state.doc.toString().indexOf(before);
          view.dispatch({ changes: { from: at, insert: text }, userEvent: "input.paste" });
        }""",
        [before, text],
    )


def text_of(page: Any) -> str:
    return str(page.evaluate("document.querySelector('policy-editor').view.state.doc.toString()"))


def notice(page: Any) -> str:
    page.wait_for_selector(".notices")
    return str(page.inner_text(".notices"))


def write_and_mend(author: Any) -> None:
    """Write a rule with a fault, see where it is, take the word that is offered, and save."""
    write(author, "tests:", WEEKEND)
    author.wait_for_selector("#problems li[data-line='10'][data-column='15']")
    assert "3 lines, 1 error" in author.inner_text("[data-unsaved]")
    assert "wait for line 10" in author.inner_text("#tests")
    assert "Line 10 does not compile" in author.inner_text("#readings")
    assert author.locator("policy-editor .cm-lint-marker-error").count() == 1
    assert author.locator("policy-editor .cm-bars .cm-new").count() == 3
    assert violations(author) == []
    author.click("#problems [data-use-fix]")
    author.wait_for_selector("#problems .sound")
    author.wait_for_selector("#tests :text('Pass')")
    assert "If the weekday is over 5, the step is denied." in author.inner_text("#readings")
    author.keyboard.press("Control+s")
    assert "Saved as revision 2" in notice(author)


def replay(author: Any) -> None:
    """Have the past decided again, watch, and read what would change."""
    author.click("#gate button:has-text('Replay')")
    author.wait_for_selector("progress")
    replay_history(str(PolicyReplay.objects.get().pk))
    author.wait_for_selector(".hit:has-text('1')")
    assert "not-them" in author.inner_text("#replay")
    assert violations(author) == []


def agree(page: Any, draft: PolicyDraft, button: str, words: str) -> str:
    """Take a draft a step further; what the page says then."""
    page.goto(reverse("draft", args=[draft.pk]))
    assert violations(page) == []
    page.fill("#gate [name=words]", words)
    page.click(f"#gate button:has-text('{button}')")
    return notice(page)


def test_a_policy_is_written_mended_replayed_reviewed_published_and_taken_back(
    visitors: Visitors, desk: Desk, draft: PolicyDraft
) -> None:
    before = Bundle.objects.get(state="active").number
    author = visitors.open("here-admin")
    author.goto(reverse("draft", args=[draft.pk]))
    author.wait_for_selector("policy-editor .cm-content")
    write_and_mend(author)
    replay(author)

    reviewer = visitors.open("here-reviewer", color_scheme="dark")
    assert "Reviewed." in agree(reviewer, draft, "Approve", "looked at every line")
    assert reviewer.locator("button:has-text('Save draft')").count() == 0

    desk.person("second-admin", Role.ADMIN)
    publisher = visitors.open("second-admin")
    assert "is in force" in agree(publisher, draft, "Publish", "agreed")
    assert Bundle.objects.get(state="active").number == before + 1
    publisher.goto(reverse("bundle", args=[before]))
    publisher.fill("[name=words]", "they paid after all")
    publisher.click("button:has-text('Roll back')")
    assert f"it says what {before} said" in notice(publisher)
    assert Bundle.objects.get(state="active").restores == before


def test_a_word_is_completed_by_keyboard_with_its_meaning(
    page: Any, desk: Desk, draft: PolicyDraft
) -> None:
    sign_in(page, "here-admin")
    page.goto(reverse("draft", args=[draft.pk]))
    page.wait_for_selector("policy-editor .cm-content")
    page.click("policy-editor .cm-line:has-text('has(act.arguments')")
    page.keyboard.press("End")  # the end of the row on the screen, then that of the line
    page.keyboard.press("End")
    page.keyboard.type(" && agent.auton")
    page.wait_for_selector("policy-editor .cm-tooltip-autocomplete >> text=agent.autonomy")
    assert "how far it may go" in page.inner_text("policy-editor .cm-completionInfo")
    page.wait_for_timeout(CAREFUL)
    page.keyboard.press("Enter")
    assert '"Northwind" && agent.autonomy\n' in text_of(page)
    page.on("dialog", lambda dialog: dialog.accept())


def test_the_second_of_two_who_write_sees_the_first_and_loses_nothing(
    visitors: Visitors, desk: Desk, draft: PolicyDraft
) -> None:
    second = desk.person("second-admin", Role.ADMIN)
    page = visitors.open("here-admin")
    page.goto(reverse("draft", args=[draft.pk]))
    page.wait_for_selector("policy-editor .cm-content")
    write(page, "tests:", WEEKEND.replace("weekdy", "weekday"))
    theirs = TEXT.replace("Northwind", "Southwind")
    change_draft(draft=PolicyDraft.objects.get(), person=second, edit=DraftEdit(texts=(theirs,)))
    page.wait_for_selector("#meanwhile:visible")
    page.click("#source-form button:has-text('Save draft')")
    page.wait_for_selector(".late")
    assert "second-admin saved this policy while you wrote" in page.inner_text(".late")
    assert "Southwind" in page.inner_text(".late")
    assert "time.weekday > 5" in text_of(page)
    assert draft_sources(PolicyDraft.objects.get())["acme.limit"] == theirs
    assert violations(page) == []
    page.click("#source-form button:has-text('Save draft')")
    assert "Saved as revision 3" in notice(page)
    assert "time.weekday > 5" in str(draft_sources(PolicyDraft.objects.get())["acme.limit"])


def test_without_script_the_text_area_checks_and_saves(
    browser: Any, console_server: str, desk: Desk, draft: PolicyDraft
) -> None:
    context = browser.new_context(base_url=console_server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in/")
    page.fill("[name=username]", "here-admin")
    page.fill("[name=password]", "x")
    page.press("[name=password]", "Enter")
    page.goto(reverse("draft", args=[draft.pk]))
    page.fill("#text", TEXT.replace("effect: deny", "effect: denny"))
    page.click("button:has-text('Check')")
    assert "Line 7" in page.inner_text("#problems")
    assert "denny" in page.input_value("#text")
    page.fill("#text", TEXT.replace("is not paid", "waits"))
    page.click("#source-form button:has-text('Save draft')")
    assert "Saved as revision 2" in page.inner_text(".notices")
    assert draft_sources(PolicyDraft.objects.get())["acme.limit"] == TEXT.replace(
        "is not paid", "waits"
    )
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_about_policies_is_sound_for_axe_and_fits_a_phone(
    page: Any, desk: Desk, draft: PolicyDraft, scheme: str
) -> None:
    old = Bundle.objects.get(state="active").number
    desk.policy(TEXT.replace("acme.limit", "acme.live").replace("title:", "mode: shadow\ntitle:"))
    step = desk.goal_of_payment.steps.filter(act="tool.call").get()
    sign_in(page, "here-admin")
    page.emulate_media(color_scheme=scheme)
    addresses = [
        *(reverse(name) for name in ("policies", "drafts", "draft-new", "bundles", "replays")),
        *(reverse(name) for name in ("packs", "principles", "coverage", "shadow")),
        reverse("draft", args=[draft.pk]),
        reverse("policy", args=["tests.two-people"]),
        reverse("bundle", args=[old]),
        reverse("bundle-compare", args=[old, old + 1]),
        reverse("pack", args=["owasp-agentic"]),
        reverse("decision", args=[step.pk]),
        f"{reverse('flow', args=[step.goal_id])}?as=log",
        f"{reverse('playground')}?step={step.pk}&draft={draft.pk}",
    ]
    wrong = []
    for size in ({"width": 1440, "height": 900}, PHONE):
        page.set_viewport_size(size)
        for address in addresses:
            page.goto(address)
            page.evaluate(OPENED)
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > size["width"]:
                wrong.append(f"{address} is {wide} wide on {size['width']}")
            wrong += [f"{address}: {one}" for one in violations(page)]
    assert wrong == []
