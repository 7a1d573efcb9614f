"""The tools against real files: traced, idempotent by key, and safe against being killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from orchestration.blueprints.freight import BLUEPRINT
from orchestration.blueprints.freight.tools.records import record_once, recorded
from orchestration.errors import ToolError
from orchestration.tools.contract import ToolCall, tool_named

ROUTE = {
    "id": "CNSHA-NLRTM-standard-4",
    "load": "CNSHA",
    "discharge": "NLRTM",
    "service": "standard",
    "sea_km": 19_610,
    "road_km": 0,
    "passages": ["suez"],
    "departs_day": 4,
    "arrives_day": 37,
}
RESERVE = {"shipment": "S01", "teu": 6, "route": ROUTE}
LETTER = {"to": "a@b.example", "subject": "Ünïcode ☃", "body": "Dear all"}
PAY = {"amount_minor": 5, "currency": "USD", "payee": "Meridian Line", "reference": "Freight S01"}


def call(tool: str, folder: Path, key: str = "key-1", **arguments: Any) -> Any:
    return tool_named(tool).perform(ToolCall(arguments, key, "goal-1", "tester", folder))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_invocation_leaves_one_line_with_its_key_and_process(tmp_path):
    call("ports.status", tmp_path, "a", port="NLRTM")
    call("payments.transfer", tmp_path, "b", **PAY)
    call("payments.transfer", tmp_path, "b", **PAY)
    found = lines(tmp_path / "invocations.jsonl")
    assert [(one["tool"], one["idempotency_key"]) for one in found] == [
        ("ports.status", "a"),
        ("payments.transfer", "b"),
        ("payments.transfer", "b"),
    ]
    assert {one["pid"] for one in found} == {os.getpid()}
    assert found[1]["arguments"] == found[2]["arguments"] != found[0]["arguments"]


@pytest.mark.parametrize(
    ("tool", "arguments", "folder"),
    [("bookings.reserve", RESERVE, "bookings"), ("email.send", LETTER, "outbox")],
)
def test_a_write_repeated_with_its_key_happens_once_and_answers_the_same(
    tmp_path, tool, arguments, folder
):
    first = call(tool, tmp_path, "key-1", **arguments)
    assert call(tool, tmp_path, "key-1", **arguments) == first
    assert call(tool, tmp_path, "key-2", **arguments) != first
    assert len(list((tmp_path / folder).glob("*.json"))) == 2


def test_a_payment_repeated_is_paid_twice_which_is_why_it_is_declared_so(tmp_path):
    call("payments.transfer", tmp_path, "key-1", **PAY)
    call("payments.transfer", tmp_path, "key-1", **PAY)
    assert len(lines(tmp_path / "payments.jsonl")) == 2
    not_idempotent = [n for n in BLUEPRINT.tools if not tool_named(n).idempotent]
    assert not_idempotent == ["payments.transfer"]
    assert tool_named("payments.transfer").effect == "irreversible"


def test_a_booking_can_be_cancelled_twice_and_one_never_made_not_at_all(tmp_path):
    booking = call("bookings.reserve", tmp_path, **RESERVE)["booking"]
    first = call("bookings.cancel", tmp_path, "c-1", booking=booking, reason="no longer used")
    again = call("bookings.cancel", tmp_path, "c-2", booking=booking, reason="other words")
    assert first == again == {"booking": booking, "cancelled": True}
    with pytest.raises(ToolError, match="there is no booking BK-000000000000"):
        call("bookings.cancel", tmp_path, booking="BK-000000000000", reason="no")


def test_many_callers_with_one_key_record_one_value_between_them(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: record_once(tmp_path, "key", {"by": n}), range(64)))
    assert len({json.dumps(answer) for answer in answers}) == 1
    assert len([one for one in tmp_path.iterdir() if one.suffix == ".json"]) == 1


def test_a_key_that_looks_like_a_path_stays_inside_its_folder(tmp_path):
    record_once(tmp_path / "kept", "../../escape", {"x": 1})
    assert recorded(tmp_path / "kept", "../../escape") == {"x": 1}
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]


WRITER = """
import sys
from pathlib import Path
from orchestration.blueprints.freight.tools import mail
from orchestration.tools.contract import ToolCall, tool_named
folder, start = Path(sys.argv[1]), int(sys.argv[2])
number = start
while True:
    letter = {"to": "a@b.example", "subject": str(number), "body": "x" * 2000}
    tool_named("email.send").perform(ToolCall(letter, f"key-{number}", "g", "t", folder))
    print(number, flush=True)
    number += 1
"""


def test_killed_between_effect_and_answer_the_repeated_call_finds_its_effect(tmp_path):
    script = [sys.executable, "-c", WRITER, str(tmp_path)]
    root, at = Path(__file__).parents[3], 0
    for _ in range(4):
        writer = subprocess.Popen([*script, str(at)], cwd=root, stdout=subprocess.PIPE, text=True)
        for _ in range(25):
            assert writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        told = [int(line) for line in writer.stdout.read().split()]
        writer.wait()
        writer.stdout.close()
        at = max([at + 24, *told])  # the last number told is called again, as a runtime would
    letters = [json.loads(path.read_text()) for path in (tmp_path / "outbox").glob("*.json")]
    subjects = sorted(int(letter["subject"]) for letter in letters)
    assert subjects == list(range(len(subjects)))
    assert len(subjects) > at
    assert all(len(letter["body"]) == 2000 for letter in letters)
    assert len(lines(tmp_path / "invocations.jsonl")) > len(subjects)


def test_the_supplier_answers_the_same_bid_the_same_way_and_never_shows_its_floor(tmp_path):
    asked = {"supplier": "mekong", "commodity": "leather shoes", "teu": 2, "round": 1, "seed": 7}
    low = call("supplier.offer", tmp_path, bid_minor=1, **asked)
    high = call("supplier.offer", tmp_path, bid_minor=10_000_000, **asked)
    assert low == call("supplier.offer", tmp_path, "other", bid_minor=1, **asked)
    assert (low["verdict"], high["verdict"]) == ("asks", "accepted")
    assert set(low) == {"verdict", "price_minor"}
    assert tool_named("supplier.offer").labels == ("counterparty",)


def test_a_port_tells_its_substitutes_that_are_open(tmp_path):
    found = call("ports.status", tmp_path, port="NLRTM", closed={"ports": ["NLRTM", "BEANR"]})
    assert not found["open"]
    assert "BEANR" not in {one["port"] for one in found["substitutes"]}
    assert found["substitutes"] == sorted(found["substitutes"], key=lambda one: one["road_km"])
