"""What the page on oversight says of answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from console.presenters import oversight
from console.queries.oversight import Answer, Window

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def answer(
    *,
    approved: bool = True,
    waited: float = 60,
    size: int = 400,
    minute: int = 0,
    name: str = "Ann",
) -> Answer:
    at = NOON + timedelta(minutes=minute)
    return Answer(name, name, approved, at, timedelta(seconds=waited), size, f"{name}{minute}")


def window(*answers: Answer, **ended: int) -> Window:
    return Window(list(answers), False, ended, 0, frozenset(), frozenset())


def test_an_answer_faster_than_reading_is_counted_as_such() -> None:
    assert oversight.hasty(answer(waited=2, size=10))
    assert oversight.hasty(answer(waited=30, size=4_000))
    assert not oversight.hasty(answer(waited=300, size=4_000))


def test_a_long_streak_brings_advice_and_a_denial_ends_it() -> None:
    streak = [answer(minute=n) for n in range(25)]
    [row] = oversight.people(window(*streak))
    assert row["streak"] == 25
    assert "25 approvals in a row" in row["advice"][0]
    broken = [*streak[:12], answer(approved=False, minute=12), *streak[13:]]
    [row] = oversight.people(window(*broken))
    assert row["streak"] == 12
    assert not [line for line in row["advice"] if "in a row" in line]


def test_many_requests_that_ran_out_bring_advice() -> None:
    shown = {one["label"]: one for one in oversight.figures(window(granted=5, expired=5))}
    assert shown["Expired"]["value"] == "50%"
    assert "more people, or fewer holds" in shown["Expired"]["note"]


def test_time_to_decide_is_set_against_the_size_of_what_was_shown() -> None:
    rows = oversight.by_size([answer(size=10), answer(size=5_000), answer(size=50_000, waited=600)])
    assert [row["label"] for row in rows] == ["up to 500 bytes", "up to 10 kB", "more than 10 kB"]
    assert [row["hasty"] for row in rows] == [0, 1, 1]


@given(st.lists(st.builds(answer, approved=st.booleans(), minute=st.integers(0, 5_000))))
def test_no_answer_is_lost_between_the_tables(answers: list[Answer]) -> None:
    assert sum(row["count"] for row in oversight.by_size(answers)) == len(answers)
    assert sum(row["count"] for row in oversight.by_hour(answers)) == len(answers)
    assert sum(row["count"] for row in oversight.people(window(*answers))) == len(answers)
    assert sum(oversight.per_hour(answers)) == len(answers)
