"""What a witness signs and what it refuses, each case with the status its protocol asks for."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import keys
from audit.merkle import consistency_proof
from audit.notes import BadNote, Note, TreeHead
from audit.witness import judge, parse_submission, request_text
from tests.unit.audit.test_merkle import EVERY, root_of

LOG = keys.generate("log.example")
LOGS = {"log.example": [LOG.verifier]}


def checkpoint(size: int, root: bytes | None = None, key: keys.SigningKey = LOG) -> str:
    text = str(TreeHead("log.example", size, root or root_of(size)))
    return str(Note(text, (key.sign(text),)))


def answer(old: int, new: int, *, seen: int, **more: object) -> HTTPStatus:
    proof = consistency_proof(EVERY, old, new) if 0 < old < new else []
    asked = parse_submission(request_text(old, proof, checkpoint(new, **more)))  # type: ignore[arg-type]
    heads = {"log.example": TreeHead("log.example", seen, root_of(seen))} if seen else {}
    return judge(asked, LOGS, heads, keys.check).status


@given(st.integers(1, 700), st.integers(0, 700))
def test_a_tree_that_continues_what_was_seen_is_signed(new: int, seen: int) -> None:
    seen = min(seen, new)
    assert answer(seen, new, seen=seen) == HTTPStatus.OK


def test_a_log_that_forgot_what_the_witness_saw_is_told_the_size() -> None:
    assert answer(5, 9, seen=7) == HTTPStatus.CONFLICT
    assert answer(0, 9, seen=7) == HTTPStatus.CONFLICT


def test_another_tree_is_refused() -> None:
    assert answer(7, 9, seen=7, root=bytes(32)) == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer(7, 7, seen=7, root=bytes(32)) == HTTPStatus.CONFLICT


def test_a_smaller_tree_is_refused() -> None:
    assert answer(7, 5, seen=7) == HTTPStatus.BAD_REQUEST
    assert answer(5, 5, seen=7) == HTTPStatus.CONFLICT


def test_a_stranger_is_refused() -> None:
    assert answer(0, 5, seen=0, key=keys.generate("log.example")) == HTTPStatus.FORBIDDEN
    asked = parse_submission(request_text(0, [], checkpoint(5)))
    assert judge(asked, {}, {}, keys.check).status == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    "text",
    [
        "",
        "old 5\n",
        "new 5\n\n",
        "old 05\n\n",
        "old x\n\n",
        "old 5\nAAAA\n\n",
        "old 5\n\nno note\n",
    ],
)
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        parse_submission(text if text.endswith("note\n") else text + checkpoint(5)[:3])
