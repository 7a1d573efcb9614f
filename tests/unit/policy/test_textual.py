"""Policies as texts: faults with their place, differences line by line, words to write."""

from __future__ import annotations

from orchestration.policy import shipped
from orchestration.policy.checks import run_tests
from orchestration.policy.fields import FIELDS
from orchestration.policy.language import parse
from orchestration.policy.textual import beyond, changes, check_source, completions

TEXT = "policy: a.b\ntitle: T\nscope: {units: [acme/**]}\nrules: [{name: r, effect: allow}]\n"


def test_a_fault_has_line_and_column() -> None:
    [problem] = check_source(TEXT.replace("effect: allow", "effect: alow"))

    assert (problem.line, problem.column) == (4, 27)


def test_a_policy_that_reaches_out_of_its_unit_is_told_where() -> None:
    assert check_source(TEXT, scope="acme") == []
    assert check_source(TEXT, scope="") == []
    [problem] = check_source(TEXT, scope="acme/south")
    assert (problem.line, problem.column) == (3, 16)
    assert "acme/south/**" in problem.message
    for units in ("units: []", "units: ['*']", "units: [acme, other]", "acts: [tool.call]"):
        assert check_source(TEXT.replace("units: [acme/**]", units), scope="acme")
    assert check_source(TEXT.replace("scope: {units: [acme/**]}\n", ""), scope="acme")
    assert check_source(TEXT.replace("acme/**", "acmeville/**"), scope="acme")


def test_differences_are_told_line_by_line_with_numbers_of_both_sides() -> None:
    new = TEXT.replace("title: T", "title: Other")

    [changed, added] = changes({"a.b": TEXT}, {"a.b": new, "c.d": "x"})

    assert (added.kind, [one.text for one in added.lines]) == ("added", ["x"])
    assert [(one.kind, one.old_no, one.new_no) for one in changed.lines][:4] == [
        ("same", 1, 1),
        ("removed", 2, 0),
        ("added", 0, 2),
        ("same", 3, 3),
    ]
    [removed] = changes({"a.b": TEXT}, {})
    assert {one.kind for one in removed.lines} == {"removed"}
    assert changes({"a.b": TEXT}, {"a.b": TEXT}) == []


def test_the_editor_is_offered_every_field_with_its_type() -> None:
    offered = {one["name"]: one for one in completions()["fields"]}

    assert offered.keys() >= FIELDS.keys()
    assert offered["act.cost_minor"]["type"] == "int"
    assert "facts.happened" in offered


def test_a_pack_made_a_units_own_is_bound_to_it_and_still_passes_its_tests() -> None:
    for pack in shipped.pack_list():
        for text in pack.texts:
            own = parse(shipped.text_for(text, "acme/finance_eu"))
            assert own.key == f"acme.finance-eu.{parse(text).key}"
            assert beyond(own, "acme/finance_eu") == []
            assert [one for one in run_tests(own) if not one.passed] == []
            assert shipped.text_for(text, "") == text
