"""What waits to be told: the last news of each subject, within a bound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from audit.following import News
from console.live import pending
from console.live.composing import may_hear
from console.live.pending import Pending


def news(subject: str, kind: str = "task.started", scope: str = "acme") -> News:
    return News(kind, "task", subject, scope, None, "signalbox")


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers())))
def test_of_each_subject_only_the_last_news_is_kept(told: list[tuple[str, int]]) -> None:
    waiting = Pending()
    for subject, number in told:
        waiting.add([news(subject, f"task.{number}")])
    assert {item.subject_id: item.kind for item in waiting.news} == {
        subject: f"task.{number}" for subject, number in told
    }
    assert not waiting.flooded


def test_beyond_the_bound_it_is_only_known_that_much_changed() -> None:
    waiting = Pending()
    waiting.add(news(str(number)) for number in range(pending.MOST + 5))
    assert len(waiting.news) == pending.MOST
    assert waiting.flooded
    waiting.add([news("0", "task.done")])
    assert next(item for item in waiting.news if item.subject_id == "0").kind == "task.done"


def test_an_incomplete_reading_is_a_flood() -> None:
    waiting = Pending()
    assert not waiting
    waiting.add([], complete=False)
    assert waiting
    assert waiting.flooded


@given(
    scope=st.sampled_from(["acme", "acme/sea", "acme/sea/north", "acmeland", "globex", "ac"]),
    held=st.lists(st.sampled_from(["acme", "acme/sea", "globex"]), max_size=2),
)
def test_news_are_heard_in_ones_units_and_below_them_only(scope: str, held: list[str]) -> None:
    parts = scope.split("/")
    above = {"/".join(parts[:count]) for count in range(1, len(parts) + 1)}
    assert may_hear(news("a", scope=scope), held) == bool(above & set(held))


def test_each_entry_that_a_reader_may_see_is_counted_once_although_its_subject_is_coalesced() -> (
    None
):
    earlier, newer = Pending(), Pending()
    mine = News("step.done", "step", "s-1", "acme/south", None, "a-1")
    theirs = News("step.done", "step", "s-2", "umbra", None, "a-2")
    shared = News("bundle.published", "bundle", "1", "", None, "a-1")
    key = News("ledger.key_made", "ledger", "log", "", None, "ledger")
    earlier.add([mine, mine, theirs])
    newer.add([mine, shared, key])
    earlier.follow(newer)
    assert len(earlier.news) == 4
    assert earlier.held(["acme"]) == 4
    assert earlier.held(["umbra"]) == 2
    assert earlier.held([""]) == 6
