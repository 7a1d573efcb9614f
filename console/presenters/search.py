"""The language of search fields: `state:running -agent:router-1 "port of call"`. Pure.

A term is `name:value`, negated by a leading minus; everything else is free text. Quotes hold words
together. A name that a screen does not know is free text as well, so nothing typed is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

TOKEN = re.compile(r'(-?)([a-z_]+):("[^"]*"|\S+)|("[^"]*"|\S+)')


@dataclass(frozen=True)
class Term:
    """One qualifier of a search."""

    name: str
    value: str
    negated: bool = False

    def __str__(self) -> str:
        value = f'"{self.value}"' if " " in self.value else self.value
        return f"{'-' if self.negated else ''}{self.name}:{value}"


@dataclass(frozen=True)
class Search:
    """What was typed: qualifiers in their order, and the words that are none."""

    terms: tuple[Term, ...] = ()
    words: tuple[str, ...] = ()

    def values(self, name: str, *, negated: bool = False) -> list[str]:
        """The values asked for under a name."""
        return [t.value for t in self.terms if t.name == name and t.negated == negated]

    def without(self, term: Term) -> str:
        """The same search without one of its terms, as it is typed."""
        return said(tuple(t for t in self.terms if t != term), self.words)


def parse(text: str, names: Collection[str]) -> Search:
    """Read a search; `names` are the qualifiers the screen knows."""
    terms, words = [], []
    for found in TOKEN.finditer(text):
        minus, name, value, word = found.groups()
        if name in names:
            terms.append(Term(name, value.strip('"'), minus == "-"))
        else:
            words.append((word or found.group()).strip('"'))
    return Search(tuple(terms), tuple(word for word in words if word))


def said(terms: Iterable[Term], words: Iterable[str]) -> str:
    """A search as it is typed."""
    quoted = (f'"{word}"' if " " in word else word for word in words)
    return " ".join([*(str(term) for term in terms), *quoted])
