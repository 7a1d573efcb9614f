"""Searching what entries say: found after sealing, by all words, in one's own units only."""

from __future__ import annotations

from audit import search
from audit.reading import Filters
from tests.integration.audit.conftest import History


def index_all() -> None:
    while search.index_sealed():
        pass


def test_entries_are_found_by_what_they_say_once_they_are_sealed(history: History) -> None:
    written = history.write(3, request_id="zebra-crossing", outcome="rerouted")
    index_all()
    assert search.search([""], "zebra rerouted").entries == []
    history.seal()
    index_all()
    found = search.search([""], "zebra rerouted").entries
    assert [str(entry.entry_id) for entry in found] == written[::-1]
    assert search.search([""], "zebra giraffe").entries == []
    assert search.search([""], "  ").entries == []


def test_a_reader_finds_nothing_of_other_units(history: History) -> None:
    history.write(2, request_id="zebra-crossing", scope="demo/legal")
    history.seal()
    index_all()
    assert len(search.search(["demo/legal"], "zebra").entries) == 2
    assert search.search(["demo/finance"], "zebra").entries == []
    assert search.search([], "zebra").entries == []


def test_words_and_filters_hold_together_and_pages_go_on(history: History) -> None:
    history.write(7, "step.denied", request_id="zebra")
    history.write(3, request_id="zebra")
    history.seal()
    index_all()
    denied = Filters(kinds=("step.denied",))
    first = search.search([""], "zebra", denied, limit=5)
    assert len(first.entries) == 5
    rest = search.search([""], "zebra", denied, before=first.older, limit=5)
    assert len(rest.entries) == 2
    assert rest.older is None


def test_odd_words_are_words_and_no_syntax(history: History) -> None:
    for words in ("' or 1=1", "a & !b", "é", "%s", ":*", "(((", "\\"):
        assert search.search([""], words).entries == []
