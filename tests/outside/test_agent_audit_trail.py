"""aat-mcp and aat-verify read sessions we export, each in its own profile, and see tampering."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from audit.entries import Draft
from audit.exports import stream
from audit.ledger import append, transaction
from audit.reading import Filters
from tests.integration.audit.conftest import ROUTER, History
from tests.outside.conftest import outsider

pytestmark = pytest.mark.outside

GOAL = "0190b0a0-0000-7000-8000-000000000001"
KINDS = ("step.allowed", "step.done", "step.denied", "approval.opened", "task.failed")


@pytest.fixture
def session(history: History) -> Filters:
    """One agent under one goal, with every sort of outcome."""
    for turn, kind in enumerate(KINDS * 3):
        with transaction():
            append(Draft(kind, ROUTER, "step", f"s-{turn}", "acme", goal=GOAL, data={"n": turn}))
    history.seal()
    return Filters(goal=GOAL, actor=ROUTER.id)


def exported(profile: str, session: Filters) -> list[dict[str, Any]]:
    lines = b"".join(stream(profile, [""], session)).splitlines()
    records = [orjson.loads(line) for line in lines]
    assert len(records) == 1 + 3 * len(KINDS)
    return records


def test_aat_mcp_accepts_a_session_and_sees_a_changed_record(session: Filters) -> None:
    core = outsider("aat.core")
    records = exported("aat", session)
    assert core.verify_chain(records) == (True, [])
    for record in records:
        assert set(core.MANDATORY) <= set(record)
        assert record["action_type"] in core.ACTION_TYPES
        assert record["outcome"] in core.OUTCOMES
        assert record["trust_level"] in core.TRUST_LEVELS
        assert record["record_phase"] in core.PHASES
    changed = copy.deepcopy(records)
    changed[3]["outcome"] = "failure"
    sound, issues = core.verify_chain(changed)
    assert not sound
    assert "record 4" in issues[0]


def judged(path: Path, records: list[dict[str, Any]]) -> dict[str, bool]:
    """What the command of aat-verify says of each check."""
    path.write_bytes(
        b"".join(orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in records)
    )
    keys = path.with_suffix(".keys")
    keys.write_text("{}")
    command = [sys.executable, "-m", "aat_verify.cli", str(path), "--keys", str(keys), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    said = json.loads(done.stdout)
    assert said["verified"] == (done.returncode == 0)
    return {check["name"].split(" (")[0]: check["pass"] for check in said["checks"]}


def test_aat_verify_accepts_a_session_and_sees_a_removed_record(
    session: Filters, tmp_path: Path
) -> None:
    outsider("aat_verify")
    records = exported("aat-numeric", session)
    assert all(judged(tmp_path / "trail.jsonl", records).values())
    cut = judged(tmp_path / "cut.jsonl", records[:4] + records[5:])
    assert not cut["Hash-chain integrity"]
