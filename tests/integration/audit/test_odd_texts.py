"""Texts that formats like to stumble over: written, sealed and verified without a false alarm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import ledger
from audit.rows import fields
from tests.integration.audit.conftest import History, draft
from tests.unit.audit.test_canonical import values

texts = st.text(
    st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), min_size=1, max_size=30
)
ODD = [
    "\\N",
    "\\",
    "\\\\",
    "\\n",
    "\n",
    "\t",
    "\r\n",
    "a\\tb",
    "\\.",
    "\b\f\v",
    "'\"",
    "\u2028",
    "é",
    "😀",
]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_text_in_any_column_raises_no_alarm(history: History, odd: str) -> None:
    with ledger.transaction():
        ledger.append(
            draft(
                subject_id=odd,
                subject_kind=odd,
                scope=odd,
                decision=odd,
                outcome=odd,
                request_id=odd,
                on_behalf_of=odd,
                data={"x": odd, "y": [odd, {"z": odd}]},
            )
        )
    before = history.verify()
    assert before.sound, str(before)
    history.seal()
    assert history.verify().sound


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.tuples(texts, values), min_size=1, max_size=20))
def test_random_texts_raise_no_alarm(history: History, drafts: list[tuple[str, Any]]) -> None:
    with ledger.transaction():
        for text, value in drafts:
            ledger.append(draft(subject_id=text, data={"value": value}))
    history.seal()
    report = history.verify()
    assert report.sound, str(report)


@given(st.lists(texts, min_size=1, max_size=6))
def test_fields_of_a_copied_line_are_read_back(cells: list[str]) -> None:
    line = "\t".join(
        cell.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
        for cell in cells
    )
    assert fields(line) == cells
