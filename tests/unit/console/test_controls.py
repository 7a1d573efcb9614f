"""The frameworks as data: complete, honest about their checking, with searches that are real."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import pytest

from audit import queries
from console.presenters.controls import framework
from console.presenters.rights import ACTS, rights
from console.queries.controls import Counts
from orchestration.controls.catalogue import Framework, frameworks
from orchestration.vocabulary import Role

EVIDENCE = [
    (f"{one.key} {control.id}", query)
    for one in frameworks()
    for control in one.rows
    for evidence in control.evidence
    for query in evidence.queries
]


def by_key(key: str) -> Framework:
    return next(one for one in frameworks() if one.key == key)


def test_the_rows_that_were_promised_are_there() -> None:
    articles = {row.id.split("(")[0] for row in by_key("eu-ai-act").rows}
    assert articles == {"Art. 12", "Art. 14", "Art. 19", "Art. 26"}
    assert [row.id for row in by_key("owasp-agentic").rows] == [
        f"ASI{number:02}" for number in range(1, 11)
    ]
    assert by_key("nist-ai-rmf").rows
    assert by_key("iso-42001").rows


def test_dates_are_dates_and_the_postponement_is_among_them() -> None:
    dates = {on for _, on in by_key("eu-ai-act").dates}
    assert {date(2027, 12, 2), date(2028, 8, 2)} <= dates


@pytest.mark.parametrize(("where", "query"), EVIDENCE)
def test_every_search_asks_for_kinds_and_decisions_only(where: str, query: str) -> None:
    read = queries.read(query)
    _, problems = queries.filters_of(read, datetime.now(UTC))
    assert (read.problems, problems, read.words) == ((), [], ())
    assert {term.name for term in read.terms} <= {"kind", "decision"}


def test_counts_are_those_of_the_searches() -> None:
    entries = {("step.done", "allow"): 5, ("step.denied", "deny"): 2, ("goal.opened", ""): 1}
    counts = Counts(Counter(entries), {"OWASP-ASI01": ["owasp.asi01"]})
    assert counts.of("kind:step.*") == 7
    assert counts.of("kind:step.* decision:deny") == 2
    assert counts.of("kind:step.* -kind:step.done") == 2
    assert counts.of("") == 8


def test_a_row_without_evidence_is_not_counted_as_answered() -> None:
    shown = framework(by_key("owasp-agentic"), Counts({}, {}), date(2026, 1, 1), "", linked=False)
    assert shown["answered"] == 0
    assert not shown["verified"]


def test_what_a_role_may_do_is_read_from_the_access_table() -> None:
    assert ACTS["review-judge"] in rights(Role.REVIEWER)
    assert ACTS["review-judge"] not in rights(Role.ADMIN)
    assert ACTS["export-take"] in rights(Role.AUDITOR)
    assert not {ACTS["halt-order"], ACTS["goal-start"], ACTS["review-judge"]} & set(
        rights(Role.AUDITOR)
    )
