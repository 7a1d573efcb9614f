"""Settings from the environment: what is read, what is refused, and that it is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.env import BadSetting, Environment

POSTGRES = ("postgresql", "postgres")


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_setting_counts_as_not_set(text: str) -> None:
    read = Environment({"NAME": text})
    assert read.text("NAME", "default") == "default"
    assert read.flag("NAME", default=True) is True
    assert read.integer("NAME", 7, least=1, most=9) == 7
    assert read.words("NAME", "a, b") == ["a", "b"]
    assert read.url("NAME", "", POSTGRES) == ""
    assert read.path("NAME", Path("/kept")) == Path("/kept")


@pytest.mark.parametrize(
    ("text", "meant"), [("yes", True), ("1", True), ("On", True), ("false", False), ("0", False)]
)
def test_a_flag_understands_the_usual_words(text: str, meant: bool) -> None:
    assert Environment({"DEBUG": text}).flag("DEBUG", default=not meant) is meant


def test_a_flag_that_is_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(BadSetting, match="DEBUG is 'maybe'"):
        Environment({"DEBUG": "maybe"}).flag("DEBUG")


@given(st.integers(-100, 100))
def test_a_number_is_taken_within_its_bounds_and_refused_outside(number: int) -> None:
    read = Environment({"SLOTS": str(number)})
    if 1 <= number <= 64:
        assert read.integer("SLOTS", 2, least=1, most=64) == number
    else:
        with pytest.raises(BadSetting, match="SLOTS"):
            read.integer("SLOTS", 2, least=1, most=64)


@given(st.text(min_size=1).filter(lambda text: text.strip() and not _is_number(text)))
def test_what_is_no_number_is_refused_whatever_it_is(text: str) -> None:
    with pytest.raises(BadSetting):
        Environment({"SLOTS": text}).integer("SLOTS", 2, least=1, most=64)


def _is_number(text: str) -> bool:
    try:
        int(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("text", ["0", "65536", "http", "-1"])
def test_a_port_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="PORT"):
        Environment({"PORT": text}).port("PORT", 8000)


def test_a_word_outside_the_choice_is_refused_and_the_choice_named() -> None:
    with pytest.raises(BadSetting, match="one of text, json"):
        Environment({"LOG_FORMAT": "xml"}).choice("LOG_FORMAT", "text", ("text", "json"))


@pytest.mark.parametrize(
    "text",
    [
        "mysql://me:hush@host/db",
        "postgresql://me:hush@host:port/db",
        "postgresql://me:hush@host:99999/db",
        "me:hush@host",
        "postgresql://me:hush@[host/db",
    ],
)
def test_a_bad_url_is_refused_without_showing_its_password(text: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Environment({"DATABASE_URL": text}).url("DATABASE_URL", "", POSTGRES)
    assert "DATABASE_URL" in str(refused.value)
    assert "hush" not in str(refused.value)


def test_a_good_url_is_kept_as_it_is() -> None:
    url = "postgresql://me:p%40ss@host:5432/db?sslmode=require"
    assert Environment({"DATABASE_URL": url}).url("DATABASE_URL", "", POSTGRES) == url


def test_a_secret_is_needed_by_those_who_serve_and_must_be_long() -> None:
    with pytest.raises(BadSetting, match="SECRET_KEY"):
        Environment({}).secret("SECRET_KEY", needed=True)
    with pytest.raises(BadSetting) as refused:
        Environment({"SECRET_KEY": "short"}).secret("SECRET_KEY", needed=False)
    assert "short" not in str(refused.value)
    long = "x" * 32
    assert Environment({"SECRET_KEY": long}).secret("SECRET_KEY", needed=True) == long


def test_a_command_that_serves_nobody_gets_a_secret_nobody_knows() -> None:
    first, second = (Environment({}).secret("SECRET_KEY", needed=False) for _ in range(2))
    assert first != second
    assert len(first) >= 32


def test_a_path_is_made_absolute() -> None:
    assert Environment({"DATA": "some/../dir"}).path("DATA", Path("/x")) == Path("dir").resolve()
    assert Environment({"DATA": "~/dir"}).path("DATA", Path("/x")) == Path.home() / "dir"
