"""The language of searches: what is understood, what is not and where, and that nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.queries import QUALIFIERS, BadQuery, Query, Term, moment_of, parse, read

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
GOAL = "0198c0de-0000-7000-8000-000000000001"


def test_qualifiers_and_words_are_told_apart() -> None:
    query = read('kind:step.* -kind:step.done goal:"Ship cocoa" port "two people" https://x.org')
    assert [str(term) for term in query.terms] == [
        "kind:step.*",
        "-kind:step.done",
        'goal:"Ship cocoa"',
    ]
    assert query.words == ("port", "two people", "https://x.org")
    assert query.problems == ()


def test_a_search_becomes_filters_and_units() -> None:
    text = f"kind:step.held -kind:x.* decision:hold goal:{GOAL} unit:acme after:2h before:1h word"
    filters, units = parse(text, now=NOW)
    assert units == ["acme"]
    assert (filters.kinds, filters.not_kinds, filters.outcome) == (("step.held",), ("x.*",), "hold")
    assert (filters.goal, filters.words) == (GOAL, ("word",))
    assert (filters.since, filters.until) == (NOW - timedelta(hours=2), NOW - timedelta(hours=1))


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("kind:a.b colour:red", (9, 15), "no qualifier colour"),
        ("knid:a.b", (0, 4), "did you mean kind:?"),
        ("actor:", (0, 6), "needs a value"),
        ("x -actor:ada", (2, 12), "only kind:"),
        ("decision:maybe", (0, 14), "allow, hold or deny"),
        ("actor:a actor:b", (8, 15), "given before"),
        ('word "never closed', (5, 18), "never closed"),
        ('goal:"never closed', (0, 18), "never closed"),
        ("after:soon", (0, 10), "soon is no time"),
        ("after:1h before:2h", (9, 18), "not after"),
        ("goal:cocoa", (0, 10), "by its id"),
    ],
)
def test_what_cannot_be_understood_is_said_with_its_place(
    text: str, place: tuple[int, int], said: str
) -> None:
    with pytest.raises(BadQuery) as refused:
        parse(text, now=NOW)
    (problem,) = refused.value.problems
    assert (problem.start, problem.end) == place
    assert said in problem.reason
    assert f"character {place[0] + 1}" in str(refused.value)


def test_times_without_a_zone_are_read_in_the_zone_of_the_page() -> None:
    berlin = moment_of("2026-11-21T14:05", NOW, ZoneInfo("Europe/Berlin"))
    assert berlin == datetime(2026, 11, 21, 13, 5, tzinfo=UTC)
    assert moment_of("2026-11-21T14:05Z", NOW, ZoneInfo("Europe/Berlin")) == NOW + timedelta(
        minutes=5
    )
    assert moment_of("9" * 30 + "d", NOW) is None


values = st.text("abz.*/ -:1é", min_size=1, max_size=8).filter(lambda text: text.strip() == text)
terms = st.builds(Term, st.sampled_from(sorted(QUALIFIERS)), values)


@given(st.lists(terms, max_size=3), st.lists(values, max_size=3))
def test_a_search_written_out_is_read_as_the_same_search(
    some: list[Term], words: list[str]
) -> None:
    query = Query(tuple(some), tuple(words))
    again = read(str(query))
    assert [(t.name, t.value) for t in again.terms] == [(t.name, t.value) for t in some]
    assert again.words == query.words


@given(st.text(max_size=60))
def test_anything_typed_is_understood_or_refused_with_a_place_inside_it(text: str) -> None:
    for problem in read(text).problems:
        assert 0 <= problem.start < problem.end <= len(text)
        assert problem.reason
