"""Evidence in a stranger's hands: checked without us, and useless once altered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from audit import key_ring, keys
from audit.bundles import NothingToExport, write_bundle
from audit.notes import parse_note
from audit.reading import Filters
from audit.sealing import Sealer
from tests.integration.audit.conftest import ROUTER, History

Change = Callable[[dict[str, bytes]], None]


@pytest.fixture
def bundle(history: History, tmp_path: Path) -> Path:
    """A selection of 21 entries, one with a payload."""
    history.write_payload({"port": "SGSIN"})
    history.write(20, goal="0190b0a0-0000-7000-8000-000000000000")
    history.seal()
    write_bundle(
        tmp_path / "some.zip",
        scopes=["demo"],
        filters=Filters(kinds=("step.*", "tool.answered")),
    )
    return tmp_path / "some.zip"


def check(bundle: Path, key: object, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the verifier that travels in the bundle as a stranger would: alone, with bare Python."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extract("verify.py", bundle.parent / "stranger")
    script = bundle.parent / "stranger" / "verify.py"
    return subprocess.run(
        [sys.executable, "-I", "-S", str(script), str(bundle), "--key", str(key), *more],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )


def rewrite(bundle: Path, change: Change, *, manifest: bool = True) -> None:
    """Change files of a bundle, and with `manifest` its digests too, as a forger would."""
    with zipfile.ZipFile(bundle) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    if manifest:
        listed = json.loads(files["manifest.json"])
        listed["files"] = {
            name: sha256(data).hexdigest()
            for name, data in files.items()
            if name != "manifest.json"
        }
        files["manifest.json"] = json.dumps(listed).encode()
    with zipfile.ZipFile(bundle, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def test_a_stranger_with_bare_python_can_check_a_selection(bundle: Path, history: History) -> None:
    done = check(bundle, history.key)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "each entry stands in the ledger" in done.stdout
    assert "2 payloads" in done.stdout


def test_the_whole_ledger_leads_to_its_signed_root(history: History, tmp_path: Path) -> None:
    made = write_bundle(tmp_path / "all.zip", scopes=[""])
    assert made.entries == made.size
    done = check(tmp_path / "all.zip", history.key)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the whole ledger" in done.stdout


def test_a_reader_exports_nothing_of_other_units(history: History, tmp_path: Path) -> None:
    history.write(3, scope="demo/legal")
    history.seal()
    made = write_bundle(tmp_path / "legal.zip", scopes=["demo/legal"])
    with zipfile.ZipFile(tmp_path / "legal.zip") as archive:
        bodies = [json.loads(json.loads(line)["body"]) for line in archive.open("entries.jsonl")]
    assert {body["scope"] for body in bodies} <= {"demo/legal", ""}
    assert sum(body["scope"] == "demo/legal" for body in bodies) == 3
    assert made.entries == len(bodies)


def test_nothing_is_written_when_nothing_matches(history: History, tmp_path: Path) -> None:
    with pytest.raises(NothingToExport):
        write_bundle(tmp_path / "none.zip", scopes=[""], filters=Filters(actor="nobody"))
    with pytest.raises(NothingToExport):
        write_bundle(tmp_path / "none.zip", scopes=[])
    assert not (tmp_path / "none.zip").exists()


def edit_line(files: dict[str, bytes]) -> None:
    files["entries.jsonl"] = files["entries.jsonl"].replace(b"router-1", b"router-2", 1)


def drop_line(files: dict[str, bytes]) -> None:
    files["entries.jsonl"] = files["entries.jsonl"].split(b"\n", 1)[1]


def swap_proofs(files: dict[str, bytes]) -> None:
    lines = [json.loads(line) for line in files["proofs.jsonl"].splitlines()]
    lines[0]["proof"], lines[1]["proof"] = lines[1]["proof"], lines[0]["proof"]
    files["proofs.jsonl"] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def edit_payload(files: dict[str, bytes]) -> None:
    files["payloads.jsonl"] = files["payloads.jsonl"].replace(b"SGSIN", b"DEHAM")


def claim_completeness(files: dict[str, bytes]) -> None:
    files["manifest.json"] = files["manifest.json"].replace(
        b'"complete": false', b'"complete": true'
    )


def foreign_checkpoint(files: dict[str, bytes]) -> None:
    stranger = keys.generate("signalbox/other")
    text = parse_note(files["checkpoint.txt"].decode()).text
    files["checkpoint.txt"] = f"{text}\n{stranger.sign(text).line()}".encode()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (edit_line, "the entry is not what was sealed there"),
        (drop_line, "the manifest promises"),
        (swap_proofs, "its proof is about leaf"),
        (edit_payload, "does not match its digest"),
        (claim_completeness, "do not lead to the root"),
        (foreign_checkpoint, "not signed by the key you gave"),
    ],
)
def test_23_a_changed_bundle_is_found_and_the_fault_named(
    bundle: Path, history: History, change: Change, told: str
) -> None:
    rewrite(bundle, change)
    done = check(bundle, history.key)
    assert done.returncode == 1
    assert told in done.stdout


def test_23_a_change_that_forgets_the_manifest_is_found(bundle: Path, history: History) -> None:
    rewrite(bundle, edit_line, manifest=False)
    assert "was changed after the manifest" in check(bundle, history.key).stdout


def test_23_a_key_found_in_the_bundle_proves_nothing(bundle: Path, history: History) -> None:
    stranger = keys.generate(history.key.name)

    def forge(files: dict[str, bytes]) -> None:
        text = parse_note(files["checkpoint.txt"].decode()).text
        files["checkpoint.txt"] = f"{text}\n{stranger.sign(text).line()}".encode()
        files["keys.json"] = json.dumps(
            [{"key": str(stranger.verifier), "endorsement": None}]
        ).encode()

    rewrite(bundle, forge)
    assert check(bundle, history.key).returncode == 1


def test_a_reader_who_believes_the_old_key_follows_its_successor(
    history: History, tmp_path: Path
) -> None:
    old = history.key
    key_ring.rotate(ROUTER)
    Sealer(key_ring.signing_key()).seal()
    write_bundle(tmp_path / "all.zip", scopes=[""])
    assert check(tmp_path / "all.zip", old).returncode == 0
    assert check(tmp_path / "all.zip", keys.generate(old.name).verifier).returncode == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"hello"])
def test_a_file_that_is_no_bundle_is_refused_clearly(
    bundle: Path, history: History, content: bytes
) -> None:
    other = bundle.with_name("other.zip")
    check(bundle, history.key)
    other.write_bytes(content)
    script = bundle.parent / "stranger" / "verify.py"
    done = subprocess.run(
        [sys.executable, "-I", str(script), str(other), "--key", str(history.key)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
