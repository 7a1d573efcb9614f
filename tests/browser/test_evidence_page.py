"""The page in an evidence bundle, opened from disk by somebody without the console or a network."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from audit import keys, ledger
from audit.bundles import write_bundle
from audit.evidence_page import About, verifier_page
from audit.models import Entry
from audit.notes import COSIGNATURE, parse_note
from audit.reading import Filters
from tests.browser.axe import violations
from tests.integration.audit.conftest import History, draft, history
from tests.integration.audit.test_bundles import (
    check,
    claim_completeness,
    drop_line,
    edit_line,
    edit_payload,
    foreign_checkpoint,
    rewrite,
    swap_proofs,
)

pytestmark = pytest.mark.browser
__all__ = ["history"]

GOAL = "0190b0a0-0000-7000-8000-000000000000"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def bundle(history: History, tmp_path: Path) -> Path:
    """What is recorded of one goal that was closed: twenty steps, a payload, and its end."""
    history.write_payload({"port": "SGSIN"})
    history.write(20, goal=GOAL, kind="step.allowed")
    ids = Entry.objects.filter(goal=GOAL).order_by("id").values_list("id", flat=True)
    closing = {"count": len(ids), "first": ids[0], "last": ids[len(ids) - 1]}
    with ledger.transaction():
        ledger.append(draft("goal.closed", goal=GOAL, data={"entries": closing}))
    history.seal()
    write_bundle(
        tmp_path / "goal.zip",
        scopes=["demo"],
        filters=Filters(goal=GOAL),
        about=About(by="Rita Reviewer", asked=f"goal:{GOAL}", names={"router-1": "The router"}),
    )
    return tmp_path / "goal.zip"


class Reader:
    """Somebody at a computer without a network, with the bundle's page open from disk."""

    def __init__(self, context: Any, page_file: Path) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page = context.new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(page_file.as_uri())

    def check(self, bundle: Path, key: object, witnesses: str = "") -> str:
        """Choose the bundle, paste the keys, check; what the page then says."""
        self.page.set_input_files("#zip", [])
        self.page.set_input_files("#zip", bundle)
        self.page.wait_for_selector("#state:has-text('Now give the key')")
        self.page.fill("#key", str(key))
        self.page.fill("#witnesses", witnesses)
        self.page.click("#go")
        self.page.wait_for_selector("#state:has-text('Checked')")
        return str(self.page.inner_text("#result"))


@pytest.fixture
def reader(browser: Any, bundle: Path, tmp_path: Path) -> Iterator[Reader]:
    """The bundle's own page; it may ask for nothing but itself, and complain of nothing."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path / "unpacked")
    context = browser.new_context(viewport=PHONE, offline=True)
    opened = Reader(context, tmp_path / "unpacked" / "README.html")
    yield opened
    asked, said = opened.asked, opened.said
    context.close()
    assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []
    assert said == []


def test_a_reader_checks_the_bundle_and_reads_what_happened(
    reader: Reader, bundle: Path, history: History, tmp_path: Path
) -> None:
    assert "Rita Reviewer" in reader.page.inner_text("main")
    assert "not checked yet" in reader.page.inner_text("#story")
    told = reader.check(bundle, history.key)
    assert "Sound: nothing here was altered" in told
    assert "21 entries: the hash of each, and its proof up to the signed root" in told
    assert "counts 20 entries, and all of them are here" in told
    assert "No witness: you named none" in told
    story = reader.page.inner_text("#story")
    assert "The router: goal closed" in story
    assert "not checked yet" not in story
    reader.page.locator("#story summary").first.click()
    assert '"goal": "0190b0a0' in reader.page.inner_text("#story pre")
    assert check(bundle, history.key).returncode == 0
    for scheme in ("light", "dark"):
        reader.page.emulate_media(color_scheme=scheme)
        assert violations(reader.page) == []
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    reader.page.set_input_files("#folder", tmp_path / "unpacked")
    reader.page.click("#go")
    reader.page.wait_for_selector("#result.good")


def drop_an_entry_and_its_proof(files: dict[str, bytes]) -> None:
    """Leave out an entry as if the goal had one less, and forge the manifest to fit."""
    for name in ("entries.jsonl", "proofs.jsonl"):
        files[name] = files[name].split(b"\n", 1)[1]
    listed = json.loads(files["manifest.json"])
    listed["entries"] -= 1
    files["manifest.json"] = json.dumps(listed).encode()


def another_key(files: dict[str, bytes]) -> None:
    """Sign the checkpoint with a key of one's own, and put that key into the bundle."""
    text = parse_note(files["checkpoint.txt"].decode()).text
    stranger = keys.generate(text.split("\n", 1)[0])
    files["checkpoint.txt"] = f"{text}\n{stranger.sign(text).line()}".encode()
    forged = [{"key": str(stranger.verifier), "endorsement": None}]
    files["keys.json"] = json.dumps(forged).encode()


ALTERED: list[tuple[Callable[[dict[str, bytes]], None], str]] = [
    (edit_line, "the entry is not what was sealed there. First bad entry: leaf"),
    (drop_line, "the manifest promises 21 entries, 20 are here"),
    (drop_an_entry_and_its_proof, "counts 20 entries, 19 are here"),
    (swap_proofs, "its proof is about leaf"),
    (edit_payload, "does not match its digest"),
    (claim_completeness, "do not lead to the root signed for"),
    (foreign_checkpoint, "not signed by the key you gave"),
    (another_key, "not signed by the key you gave"),
]


def test_every_alteration_is_found_and_the_first_bad_entry_named(
    reader: Reader, bundle: Path, history: History, tmp_path: Path
) -> None:
    write_bundle(bundle, scopes=["demo"], filters=Filters(kinds=("tool.*",)))
    with_payloads = shutil.copy(bundle, tmp_path / "payloads.zip")
    write_bundle(bundle, scopes=["demo"], filters=Filters(goal=GOAL))
    for change, told in ALTERED:
        altered = tmp_path / f"{change.__name__}.zip"
        shutil.copy(with_payloads if change is edit_payload else bundle, altered)
        rewrite(altered, change)
        found = reader.check(altered, history.key)
        assert found.startswith("Not sound"), change.__name__
        assert told in found, change.__name__
        assert check(altered, history.key).returncode == 1, change.__name__
    altered = tmp_path / "hasty.zip"
    shutil.copy(bundle, altered)
    rewrite(altered, edit_line, manifest=False)
    assert "was changed after the manifest" in reader.check(altered, history.key)


def test_what_is_no_key_and_no_bundle_is_said_and_not_guessed(
    reader: Reader, bundle: Path, history: History, tmp_path: Path
) -> None:
    page = reader.page
    page.fill("#key", "hello")
    page.click("#go")
    assert page.inner_text("#state") == "Choose the bundle first."
    torn = tmp_path / "torn.zip"
    torn.write_bytes(bundle.read_bytes()[:-30])
    page.set_input_files("#zip", torn)
    page.wait_for_selector("#state:has-text('no ZIP file')")
    page.set_input_files("#zip", bundle)
    page.wait_for_selector("#state:has-text('Now give')")
    page.click("#go")
    assert "this is no public key" in page.inner_text("#state")
    assert page.inner_text("#result") == ""


def test_a_witness_that_the_reader_names_must_have_cosigned(
    browser: Any, history: History, tmp_path: Path
) -> None:
    bundle, page_file = tmp_path / "all.zip", tmp_path / "own-copy.html"
    page_file.write_text(verifier_page())
    cosigner, other = (keys.generate(f"witness.example/{n}", COSIGNATURE) for n in "ab")
    line = cosigner.cosign(history.checkpoint().text).line()
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into audit_cosignature (size, witness, line) values (%s, %s, %s)",
            [history.checkpoint_size(), cosigner.verifier.name, line],
        )
    write_bundle(bundle, scopes=[""])
    context = browser.new_context(offline=True)
    reader = Reader(context, page_file)
    told = reader.check(bundle, history.key, str(cosigner.verifier))
    assert "The cosignature of witness.example/a" in told
    assert "so none is missing before it" in told
    told = reader.check(bundle, history.key, f"{cosigner.verifier}\n{other.verifier}")
    assert "First fault: the witness witness.example/b did not cosign" in told
    context.close()
    assert reader.said == []
