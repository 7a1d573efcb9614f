"""Nothing secret reaches a log line."""

from __future__ import annotations

import logging

import structlog
from hypothesis import given
from hypothesis import strategies as st

from console.logs import MASK, redact

WORDS = st.text("abcdefgh", min_size=5, max_size=12)


def _said(event: dict[str, object]) -> dict[str, object]:
    return dict(redact(logging.getLogger(), "info", event))


@given(st.sampled_from(["password", "api_key", "Set-Cookie", "access_token", "IBAN"]), WORDS)
def test_a_value_with_a_secret_name_is_masked_at_any_depth(name: str, secret: str) -> None:
    said = _said({"outer": [{"inner": {name: secret}}], name: secret})
    assert secret not in str(said)
    assert MASK in str(said)


@given(WORDS)
def test_the_password_in_a_url_is_masked_and_the_rest_stays(secret: str) -> None:
    said = _said({"event": f"connected to redis://:{secret}@host:6379/0 at once"})
    assert said == {"event": f"connected to redis://:{MASK}@host:6379/0 at once"}


def test_what_is_not_secret_is_left_alone() -> None:
    event = {"event": "step decided", "tool": "routes.search", "count": 3, "keys": ("a", "b")}
    assert _said(dict(event)) == {**event, "keys": ["a", "b"]}


def test_a_password_inside_an_exception_is_masked_too() -> None:
    formatter = next(
        handler.formatter
        for handler in logging.getLogger().handlers
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
    )
    error = ValueError("cannot reach redis://:hushhush@host")
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed", (), None)
    record.exc_info = (type(error), error, None)
    line = formatter.format(record)
    assert "hushhush" not in line
    assert "ValueError" in line
