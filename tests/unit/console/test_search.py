"""What is typed into search fields means the same everywhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.presenters.search import Term, parse, said

NAMES = ("state", "agent")
words = st.text("abcxyz09-", min_size=1, max_size=8).filter(lambda text: not text.startswith("-"))
terms = st.builds(Term, st.sampled_from(NAMES), words, st.booleans())


def test_qualifiers_words_and_quoted_words_are_told_apart() -> None:
    search = parse('state:running -agent:router "port of call" suez', NAMES)
    assert search.terms == (Term("state", "running"), Term("agent", "router", negated=True))
    assert search.words == ("port of call", "suez")


def test_an_unknown_qualifier_is_looked_for_as_a_word_instead_of_being_ignored() -> None:
    assert parse("colour:red", NAMES).words == ("colour:red",)


@given(st.lists(terms, max_size=4), st.lists(words, max_size=4))
def test_a_search_that_is_typed_again_means_the_same(asked: list[Term], plain: list[str]) -> None:
    search = parse(said(asked, plain), NAMES)
    assert search.terms == tuple(asked)
    assert search.words == tuple(plain)


@given(terms, st.lists(words, max_size=3))
def test_taking_a_term_out_leaves_everything_else(term: Term, plain: list[str]) -> None:
    search = parse(said([term], plain), NAMES)
    assert parse(search.without(term), NAMES).terms == ()
    assert parse(search.without(term), NAMES).words == tuple(plain)
