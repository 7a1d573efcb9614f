"""The language of searches in the ledger: `kind:approval.* agent:router after:2h "two people"`.

Pure. A term is `name:value`; `-kind:…` leaves out; everything else is text that entries must say.
Quotes hold words together, and what stands in quotes is never a qualifier. Nothing that was typed
is ignored: what cannot be understood is a problem with its place in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from difflib import get_close_matches
from uuid import UUID

from audit.errors import LedgerError
from audit.reading import Filters

QUALIFIERS = {
    "actor": "who acted: a person's or agent's name, or an id",
    "agent": "which agent acted, by its name",
    "kind": "what happened: approval.granted, or all of a family: approval.*",
    "goal": "the goal it belongs to: a part of its title, or its id",
    "decision": "allow, hold or deny",
    "outcome": "what came of it, such as sound or failed",
    "about": "what kind of thing it happened to, such as task",
    "subject": "the id of what it happened to",
    "unit": "the unit and those below it",
    "request": "the id of the request it was done in",
    "trace": "the id of the trace it belongs to",
    "after": "at or after: 2026-11-21, 2026-11-21T14:05, or 2h for the last two hours",
    "before": "before: as after",
}
"""What may stand before the colon, and what it means."""

DECISIONS = ("allow", "hold", "deny")
REPEATABLE = frozenset({"kind", "unit"})
"""Several of these mean any of them; any other may be given once."""

SPANS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

_TOKEN = re.compile(r'(-?)([a-z_]+):("[^"]*"?|[^\s"]*)|-?"[^"]*"?|\S+')
_LONGEST_SHOWN = 40


@dataclass(frozen=True)
class Term:
    """One qualifier of a search; `start` and `end` say where it stands in the text."""

    name: str
    value: str
    negated: bool = False
    start: int = 0
    end: int = 0

    def __str__(self) -> str:
        return f"{'-' if self.negated else ''}{self.name}:{quoted(self.value)}"


@dataclass(frozen=True)
class Problem:
    """What is wrong in a search: from which character to which, counted from 0, and why."""

    start: int
    end: int
    reason: str

    def __str__(self) -> str:
        return f"character {self.start + 1}: {self.reason}"


@dataclass(frozen=True)
class Query:
    """What was typed: qualifiers in their order, the words that are none, and what is wrong."""

    terms: tuple[Term, ...] = ()
    words: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    def values(self, name: str, *, negated: bool = False) -> list[str]:
        """The values asked for under a name."""
        return [t.value for t in self.terms if t.name == name and t.negated == negated]

    def value(self, name: str) -> str:
        """The one value asked for under a name; empty if it was not asked for."""
        return next(iter(self.values(name)), "")

    def term(self, name: str) -> Term | None:
        """The first term of a name."""
        return next((t for t in self.terms if t.name == name and not t.negated), None)

    def without(self, *names: str) -> Query:
        """The same search without the terms of these names."""
        return Query(tuple(t for t in self.terms if t.name not in names), self.words)

    def __str__(self) -> str:
        return " ".join([*map(str, self.terms), *map(quoted_word, self.words)])


class BadQuery(LedgerError, ValueError):
    """A search that cannot be understood; `problems` say where and why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = tuple(problems)


def quoted(value: str) -> str:
    """A value as it is typed after a colon."""
    return f'"{value}"' if re.search(r"\s", value) or not value else value


def quoted_word(word: str) -> str:
    """A word as it is typed, so that it is read as a word again."""
    return f'"{word}"' if re.search(r"\s|:", word) or word[:1] == "-" else word


def read(text: str) -> Query:
    """Read a search; what cannot be understood is among its problems."""
    terms: list[Term] = []
    words: list[str] = []
    problems: list[Problem] = []
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        token, name = found.group(), found.group(2)
        if token.count('"') % 2:
            problems.append(Problem(start, end, "this quote is never closed"))
        elif name in QUALIFIERS:
            term = Term(name, found.group(3).strip('"'), found.group(1) == "-", start, end)
            terms.append(term)
            problems += _faults(term, terms[:-1])
        elif name and not token.startswith(f"{name}://"):
            problems.append(Problem(start, start + len(name), _unknown(name, token)))
        elif word := token.strip('"'):
            words.append(word)
    return Query(tuple(terms), tuple(words), tuple(problems))


def parse(
    text: str, *, now: datetime | None = None, zone: tzinfo = UTC
) -> tuple[Filters, list[str]]:
    """Filters and units of a search in which actors and goals are named by their ids.

    Raises BadQuery.
    """
    query = read(text)
    filters, problems = filters_of(query, now or datetime.now(UTC), zone)
    goal = query.term("goal")
    if goal and not _is_id(goal.value):
        problems.append(Problem(goal.start, goal.end, "here a goal is named by its id"))
    if query.problems or problems:
        raise BadQuery([*query.problems, *problems])
    return filters, query.values("unit")


def filters_of(query: Query, now: datetime, zone: tzinfo = UTC) -> tuple[Filters, list[Problem]]:
    """What a search asks for, with actors and goals as they were typed; and what is wrong in it."""
    problems: list[Problem] = []
    filters = Filters(
        kinds=tuple(query.values("kind")),
        not_kinds=tuple(query.values("kind", negated=True)),
        actor=query.value("agent") or query.value("actor"),
        goal=query.value("goal"),
        outcome=query.value("decision") or query.value("outcome"),
        subject_kind=query.value("about"),
        subject=query.value("subject"),
        request_id=query.value("request"),
        trace_id=query.value("trace"),
        words=query.words,
    )
    bounds: dict[str, datetime | None] = {}
    for name in ("after", "before"):
        term = query.term(name)
        bounds[name] = moment_of(term.value, now, zone) if term else None
        if term and bounds[name] is None:
            reason = f"{term.value} is no time; write 2026-11-21, 2026-11-21T14:05 or 2h"
            problems.append(Problem(term.start, term.end, reason))
    if bounds["after"] and bounds["before"] and bounds["after"] >= bounds["before"]:
        late = query.term("before") or Term("before", "")
        problems.append(Problem(late.start, late.end, "this is not after the time in after:"))
    return replace(filters, since=bounds["after"], until=bounds["before"]), problems


def moment_of(text: str, now: datetime, zone: tzinfo = UTC) -> datetime | None:
    """A date or a date with a time in this zone, or a span back from now as `15m`; else None."""
    if text[:-1].isdecimal() and text[-1:] in SPANS:
        try:
            return now - timedelta(**{SPANS[text[-1]]: int(text[:-1])})
        except OverflowError:
            return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _faults(term: Term, before: Sequence[Term]) -> list[Problem]:
    """What is wrong with one term beside those before it."""
    reason = ""
    if not term.value:
        reason = f"{term.name}: needs a value: {QUALIFIERS[term.name]}"
    elif term.negated and term.name != "kind":
        reason = "only kind: can be left out with a minus"
    elif term.name == "decision" and term.value not in DECISIONS:
        reason = f"a decision is {' or '.join((', '.join(DECISIONS[:-1]), DECISIONS[-1]))}"
    elif term.name not in REPEATABLE and any(one.name == term.name for one in before):
        reason = f"{term.name}: was given before; only kind: and unit: can be given several times"
    return [Problem(term.start, term.end, reason)] if reason else []


def _unknown(name: str, token: str) -> str:
    near = get_close_matches(name, QUALIFIERS, n=1)
    meant = f"did you mean {near[0]}:?" if near else f"there are {', '.join(QUALIFIERS)}"
    shown = token.lstrip("-")[:_LONGEST_SHOWN].replace('"', "")
    return f'there is no qualifier {name}: ({meant}); to search for the text write "{shown}"'


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
