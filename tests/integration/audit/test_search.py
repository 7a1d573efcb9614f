"""Searching what entries say: found at once, by all words, in one's own units only."""

from __future__ import annotations

from audit import reading, search
from audit.models import Entry
from audit.reading import Filters, Page
from tests.integration.audit.conftest import History


def index_all() -> None:
    while search.index_sealed():
        pass


def found(
    scopes: list[str],
    words: str,
    kinds: tuple[str, ...] = (),
    before: int | None = None,
    limit: int = 50,
) -> Page:
    """A page of what says all these words."""
    filters = Filters(words=tuple(words.split()), kinds=kinds)
    return reading.entries(scopes, filters, before=before, limit=limit)


def test_entries_are_found_by_what_they_say_before_and_after_they_are_sealed_and_indexed(
    history: History,
) -> None:
    written = history.write(3, request_id="zebra-crossing", outcome="rerouted")
    index_all()
    for stage in (lambda: None, history.seal, index_all):
        stage()
        entries = found([""], "zebra rerouted").entries
        assert [str(entry.entry_id) for entry in entries] == written[::-1]
        assert len(found([""], "zeb CROSSING reroute").entries) == 3
        assert found([""], "zebra giraffe").entries == []


def test_an_identifier_finds_its_entry_and_those_under_its_goal(history: History) -> None:
    (alone,) = history.write(1)
    goal = "0190b0a0-0000-7000-8000-0000000000aa"
    under = history.write(2, goal=goal)
    assert [str(entry.entry_id) for entry in found([""], alone).entries] == [alone]
    assert {str(entry.entry_id) for entry in found([""], goal).entries} == set(under)


def test_a_reader_finds_nothing_of_other_units(history: History) -> None:
    history.write(2, request_id="zebra-crossing", scope="demo/legal")
    history.seal()
    index_all()
    assert len(found(["demo/legal"], "zebra").entries) == 2
    assert found(["demo/finance"], "zebra").entries == []
    assert found([], "zebra").entries == []


def test_words_and_filters_hold_together_and_pages_go_on(history: History) -> None:
    history.write(7, "step.denied", request_id="zebra")
    history.write(3, request_id="zebra")
    history.seal()
    index_all()
    first = found([""], "zebra", kinds=("step.denied",), limit=5)
    assert len(first.entries) == 5
    rest = found([""], "zebra", kinds=("step.denied",), before=first.older, limit=5)
    assert len(rest.entries) == 2
    assert rest.older is None


def test_odd_words_are_words_and_no_syntax(history: History) -> None:
    index_all()
    assert Entry.objects.exists()
    odd = ("' or 1=1", "q & !b", "\u00e9", "%q", ":*", "(((", "\\", "<->", "|", "''", "q:*")
    assert {words: found([""], words).entries for words in odd} == {words: [] for words in odd}
