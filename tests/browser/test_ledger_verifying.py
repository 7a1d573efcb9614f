"""Checking in front of the reader: one entry in their own browser, the whole ledger as a job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from audit.keys import generate
from orchestration.models import Verification
from tests.browser.axe import violations
from tests.browser.sealed import SealedConsole
from tests.browser.test_approving import PHONE, listening, sign_in
from tests.browser.test_flow_screens import too_wide
from tests.integration.console.sealed_desk import RELABEL
from tests.machinery.databases import Database
from tests.machinery.programs import Programs

pytestmark = pytest.mark.browser
SAME_AGAIN = "update audit_entry set kind = 'approval.opened' where id = {}"
FORGED = (
    "update audit_entry set body = replace(body, 'approval.opened', 'approval.opened ')"
    " where id = {0}; update audit_entry set leaf_hash ="
    " sha256('\\x00'::bytea || convert_to(body, 'UTF8')), kind = 'approval.opened ' where id = {0}"
)


@pytest.fixture
def console(committed_database: Database, programs: Programs, tmp_path: Path) -> SealedConsole:
    """A payment that is held, in a sealed ledger."""
    return SealedConsole(committed_database, programs, tmp_path)


def verdict(page: Any) -> str:
    """Press Verify and wait for what is said."""
    page.evaluate("document.querySelector('[data-verdict]').replaceChildren()")
    page.click("[data-verify]")
    page.wait_for_selector("[data-verdict] .ver")
    return str(page.inner_text("[data-verdict]"))


def test_an_entry_is_checked_in_the_readers_browser_and_each_question_is_told(
    page: Any, console: SealedConsole
) -> None:
    sign_in(page, "here-reviewer")
    page.goto(f"{reverse('ledger')}?sel={console.opened.entry_id}")
    listening(page)
    text = verdict(page)
    assert "Verified in this browser" in text
    for said in (
        "All 22 columns equal the body",
        "The body gives the leaf hash",
        "lead from leaf",
        "is signed by the key that the ledger shows",
    ):
        assert said in text
    page.click("summary:has-text('key of your own')")
    page.fill("#own-key", str(generate("signalbox/another").verifier))
    text = verdict(page)
    assert "Fails verification" in text
    assert "Neither the key you brought nor one it vouched for" in text
    page.fill("#own-key", "no key at all")
    page.click("[data-verify]")
    page.wait_for_selector("[data-own-key-wrong]:has-text('no public key')")
    page.fill("#own-key", str(console.history.key))
    assert "is signed by the key you brought" in verdict(page)
    page.reload()
    listening(page)
    assert "is signed by the key you brought" in verdict(page), "the key is remembered"


def test_a_bad_entry_fails_in_front_of_the_reader_with_the_reason(
    page: Any, console: SealedConsole
) -> None:
    sign_in(page, "here-reviewer")
    page.goto(f"{reverse('ledger')}?sel={console.opened.entry_id}")
    listening(page)
    console.tamper(RELABEL)
    text = verdict(page)
    assert "Fails verification" in text
    assert "column kind holds “approval.granted” and the body says “approval.opened”" in text
    console.tamper(SAME_AGAIN)
    assert "Verified in this browser" in verdict(page)
    console.tamper(FORGED)
    text = verdict(page)
    assert "does not lead to the signed root" in text
    assert page.locator("[data-verdict] li.bad").count() == 1
    assert violations(page) == []


def verify_everything(page: Any) -> None:
    """Start a run, leave the page, and come back to its result."""
    runs = Verification.objects.count()
    page.click("button:has-text('Verify everything')")
    page.wait_for_url("**run=**")
    address = page.url
    listening(page)
    page.goto(reverse("ledger"))
    listening(page)
    page.goto(address)
    page.wait_for_selector("#run h3:has-text('What was')", timeout=60_000)
    assert Verification.objects.count() == runs + 1


def test_the_whole_ledger_is_verified_as_a_job_and_a_bad_one_shows_everywhere(
    page: Any, console: SealedConsole, programs: Programs
) -> None:
    programs.worker(queues="background")
    page.set_viewport_size(PHONE)
    sign_in(page, "here-reviewer")
    page.goto(reverse("verify"))
    listening(page)
    verify_everything(page)
    assert "Nothing was altered, removed, put in between or dated back" in page.inner_text("#run")
    console.tamper(RELABEL)
    verify_everything(page)
    assert "First bad entry: Leaf" in page.inner_text("#run .failed")
    assert "fails verification at leaf" in page.inner_text("#audit-banner")
    assert not too_wide(page)
    assert violations(page) == []
    page.click("text=Open the entry")
    page.wait_for_selector("#entry h2:has-text('approval.granted')")
    listening(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    assert "Ledger needs a look" in page.inner_text("#seal")
    assert page.get_attribute("#seal", "class") == "seal deny"
    page.click("#seal")
    page.wait_for_url("**/audit/verify/**")
    page.wait_for_selector("#runs :text('Fails verification')")
    listening(page)


def test_a_run_that_no_worker_takes_waits_and_is_cancelled(
    page: Any, console: SealedConsole
) -> None:
    sign_in(page, "here-reviewer")
    page.goto(reverse("verify"))
    listening(page)
    page.click("button:has-text('Verify everything')")
    page.wait_for_selector("#run :text('Waits for a worker')")
    listening(page)
    page.click("button:has-text('Cancel')")
    page.wait_for_selector(".notices >> text=is cancelled")
    listening(page)
    assert Verification.objects.get().state == "cancelled"
