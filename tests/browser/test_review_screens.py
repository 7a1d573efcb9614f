"""Reviewers, an admin and an outside auditor in a real browser, by keyboard and by phone."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from audit import key_ring
from audit.sealing import Sealer
from audit.verify import Bundle
from orchestration.models import Person, Verdict
from orchestration.operations.reviews import SampleSpec, draw_sample
from orchestration.vocabulary import Role
from tests.browser.axe import violations
from tests.integration.console.desk import Desk

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}


@pytest.fixture
def desk(committed_database: object, console_server: str, tmp_path: Path) -> Desk:
    """Two organisations with a payment held in one, in a ledger that is sealed."""
    made = Desk(tmp_path)
    made.hold_payment()
    Sealer(key_ring.signing_key()).seal()
    return made


@pytest.fixture
def second_page(browser: Any, console_server: str) -> Iterator[Any]:
    """The browser of somebody else."""
    context = browser.new_context(base_url=console_server)
    yield context.new_page()
    context.close()


def sign_in(page: Any, name: str, password: str = "x") -> None:
    """Sign in with the keyboard and leave for a page that holds no open connection."""
    page.goto("/sign-in/")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    page.wait_for_selector("aside .me")
    page.wait_for_timeout(300)


def looks_right(page: Any, address: str) -> None:
    """Accessible in the light on a desk and in the dark on a phone, with nothing off its side."""
    page.goto(address)
    for theme, size in (("dark", PHONE), ("light", DESKTOP)):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size(size)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert (address, theme, wide <= size["width"]) == (address, theme, True)
        assert (address, theme, violations(page)) == (address, theme, [])


def test_a_reviewer_takes_evidence_away_that_checks(desk: Desk, page: Any, tmp_path: Path) -> None:
    sign_in(page, "here-reviewer")
    page.goto("/audit/exports/")
    page.keyboard.press("/")
    page.keyboard.type("kind:approval.*")
    page.keyboard.press("Enter")
    page.wait_for_selector("h2:has-text('1 entry')")
    page.keyboard.press("j")
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    taken.value.save_as(tmp_path / "taken.zip")
    with zipfile.ZipFile(tmp_path / "taken.zip") as archive:
        key = key_ring.public_key()
        assert key is not None
        findings = Bundle(archive, key).check()
    assert (findings.faults, findings.entries) == ([], 1)
    looks_right(page, "/audit/exports/?q=kind:approval.*")
    assert "here-reviewer, 1 entry: kind:approval.*" in page.inner_text("#past")


def test_decisions_are_judged_and_taken_back_without_a_mouse(desk: Desk, page: Any) -> None:
    now = timezone.now()
    spec = SampleSpec(
        label="A sample with a name that goes on and on " * 2,
        scope="acme",
        method="weighted",
        covers="everything",
        since=now - timedelta(hours=1),
        until=now + timedelta(hours=1),
        wanted=6,
        seed="seed",
    )
    sample = draw_sample(spec=spec, person=desk.here[Role.REVIEWER])
    sign_in(page, "here-reviewer")
    page.goto("/audit/review/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#judge textarea")
    address = page.url
    page.keyboard.press("d")
    assert page.evaluate("document.activeElement.id") == "reason"
    page.keyboard.type("The payee is new")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".notices:has-text('Recorded')")
    assert page.url != address
    page.goto(address)
    page.keyboard.press("u")
    page.keyboard.type("Too quick")
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".notices:has-text('Taken back')")
    said = Verdict.objects.order_by("created_at").values_list("verdict", flat=True)
    assert list(said) == ["disagree", "withdrawn"]
    for where in (address, "/audit/review/", f"/audit/review/samples/{sample.pk}/"):
        looks_right(page, where)


def test_an_auditor_is_admitted_reads_and_is_out_when_the_time_is_over(
    desk: Desk, page: Any, second_page: Any
) -> None:
    sign_in(page, "here-admin")
    page.goto("/audit/auditors/")
    page.fill("#username", "ines")
    page.fill("#display_name", "Ines Inspector")
    page.select_option("#scope", "acme")
    page.click("text=Admit >> nth=-1")
    password = page.inner_text("#password")
    looks_right(page, "/audit/auditors/")
    sign_in(second_page, "ines", password)
    sections = second_page.locator("aside nav.nav a").all_inner_texts()
    assert [one.strip() for one in sections] == ["Audit log"]
    assert second_page.locator("[data-palette]").count() == 0
    second_page.keyboard.press("Control+k")
    looks_right(second_page, "/audit/exports/")
    Person.objects.filter(username="ines").update(ends_at=timezone.now())
    second_page.goto("/audit/exports/")
    assert "/sign-in/" in second_page.url


def test_reports_and_controls_are_read_in_both_themes_and_by_phone(desk: Desk, page: Any) -> None:
    sign_in(page, "here-reviewer")
    for where in ("/audit/access/?scope=acme", "/audit/controls/?framework=owasp-agentic"):
        looks_right(page, where)
    page.goto("/audit/controls/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/audit/?q=kind*")
    page.wait_for_timeout(300)
    with page.expect_download() as taken:
        page.goto("/audit/controls/")
        page.click("text=All as CSV")
    assert taken.value.suggested_filename.startswith("controls-")
