"""Digests in entries: only what the payload store gave out looks like one."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from audit.digests import Digest, escaped, meant, stored, told
from audit.entries import Actor, Draft, row
from audit.payload_rows import build
from audit.verify import digests

FORGED = "sha256:" + "0" * 64

lookalikes = st.builds(
    lambda slashes, digits, tail: "\\" * slashes + "sha256:" + digits + tail,
    st.integers(0, 3),
    st.text("0123456789abcdef", min_size=63, max_size=65),
    st.sampled_from(["", "", " ", "\n"]),
)
values = st.recursive(
    st.none() | st.integers() | st.text() | lookalikes,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4) | lookalikes, inner),
    max_leaves=12,
)


@given(values)
def test_what_an_entry_says_can_be_read_back_and_refers_to_nothing(value: Any) -> None:
    said = told(value)
    assert list(digests(said)) == []
    assert meant(said) == value


def test_what_the_payload_store_gave_out_stays_a_digest_and_nothing_else_does() -> None:
    digest = build({"n": 1}).digest
    said = told({"payload": digest, "title": str(digest), "rows": [digest, FORGED]})
    assert said == {"payload": digest, "title": f"\\{digest}", "rows": [digest, f"\\{FORGED}"]}
    assert list(digests(said)) == [digest, digest]


def test_a_column_of_digests_is_known_by_its_form() -> None:
    assert type(stored(FORGED)) is Digest
    assert type(stored("")) is str
    assert type(stored("a sentence")) is str


def test_columns_and_body_of_an_entry_say_the_same_escaped_text() -> None:
    actor = Actor("agent", FORGED, FORGED)
    written = row(Draft("a.done", actor, "board", FORGED, "demo", payload=FORGED))
    said = orjson.loads("{" + written["body"])
    assert said["subject_id"] == written["subject_id"] == escaped(FORGED)
    assert said["actor_name"] == written["actor_name"] == escaped(FORGED)
    assert said["payload"] == FORGED, "the draft's payload is a digest by its place"
