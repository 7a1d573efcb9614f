"""Whose a leaf is: told by a schema's marks, carried by labels, and found again by pointer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.policy.labels import MOST_OWNERS, Seen, below, joined, under
from orchestration.policy.personal import (
    faults_of,
    label_of,
    marks,
    named_by,
    only_personal,
    owned,
    subjects_in,
    without_subjects,
)

ADA, BO = ["personal", label_of("s-ada")], ["personal", label_of("s-bo")]
keys = st.text("abc./~ ", min_size=1, max_size=3)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


def at(value: Any, pointer: str) -> Any:
    """What a JSON pointer leads to (RFC 6901)."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


@given(values)
def test_all_texts_and_numbers_of_a_value_are_owned_when_the_whole_is(value: Any) -> None:
    found = owned({"": ADA}, value)
    leaves = []

    def walk(one: Any) -> None:
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        for part in inner:
            walk(part)
        if isinstance(one, str) or (isinstance(one, int) and not isinstance(one, bool)):
            leaves.append(one)

    walk(value)
    assert sorted(map(str, leaves)) == sorted(str(at(value, pointer)) for pointer in found)
    assert set(found.values()) <= {("s-ada",)}


def test_pointers_are_told_from_where_the_value_is_kept() -> None:
    value = {"to": "x", "cc": ["y", "z"], "n": 1, "ok": True}
    labels = {"to": ADA, "cc.1": [*ADA, *BO], "n": ["untrusted"], "ok": ADA}
    assert owned(labels, value, "/arguments") == {
        "/arguments/to": ("s-ada",),
        "/arguments/cc/1": ("s-ada", "s-bo"),
    }
    assert owned({"to": ["untrusted"]}, value) == {}


SCHEMA = {
    "$defs": {"name": {"type": "string", "personal": "/result/rows/*/id"}},
    "properties": {
        "rows": {
            "items": {
                "properties": {
                    "id": {"personal": True},
                    "name": {"$ref": "#/$defs/name"},
                    "age": {"anyOf": [{"type": "null"}, {"personal": "/result/rows/*/id"}]},
                }
            }
        },
        "owner": {"allOf": [{"personal": "/arguments/who"}]},
    },
    "additionalProperties": {"personal": True},
}


def test_a_schema_marks_leaves_and_names_whose_they_are() -> None:
    value = {
        "rows": [{"id": "A", "name": "Ada", "age": 36}, {"id": "B", "name": "Bo", "x": 1}],
        "owner": "x",
        "else": " Someone ",
    }
    documents = {"arguments": {"who": "Cy"}, "result": value}
    found = {
        ".".join(place): named_by(mark, place, value, documents)
        for place, mark in marks(SCHEMA, value)
    }
    assert found == {
        "rows.0.id": "a",
        "rows.0.name": "a",
        "rows.0.age": "a",
        "rows.1.id": "b",
        "rows.1.name": "b",
        "owner": "cy",
        "else": "someone",
    }


def test_a_mark_that_leads_nowhere_leaves_the_leaf_to_name_itself() -> None:
    assert named_by("/arguments/to", ("body",), {"body": "x"}, {"arguments": {}}) == "x"


def test_a_schema_that_refers_to_itself_ends() -> None:
    endless = {"$ref": "#", "personal": True}
    assert {place for place, _ in marks(endless, "x")} == {()}


@pytest.mark.parametrize("mark", ["to", "/to", 1, ["x"]])
def test_a_malformed_mark_is_refused(mark: Any) -> None:
    [fault] = faults_of({"properties": {"to": {"personal": mark}}})
    assert "neither true nor a place" in fault


def test_a_property_that_is_called_personal_is_no_mark() -> None:
    assert faults_of({"properties": {"personal": {"type": "string"}}}) == []


def test_labels_are_told_from_outside_and_from_inside() -> None:
    labels = {"": ["x"], "a": ADA, "a.b": BO}
    assert under(labels, "v") == {"v": ["x"], "v.a": ADA, "v.a.b": BO}
    assert below(under(labels, "v"), "v") == {"": ["x"], "a": ADA, "a.b": BO}
    assert below(labels, "a") == {"": sorted({"x", *ADA}), "b": BO}
    assert joined({"a": ["y"]}, {"a": ["x"], "b": []}) == {"a": ["x", "y"], "b": []}


def test_labels_about_people_can_be_told_from_others() -> None:
    assert only_personal({"a": ["untrusted", *ADA], "b": ["untrusted"]}) == {"a": ADA}
    assert without_subjects(["untrusted", *ADA]) == ["personal", "untrusted"]
    assert subjects_in([*BO, *ADA, "x"]) == ("s-ada", "s-bo")


def people(count: int) -> Seen:
    seen = Seen()
    for number in range(count):
        seen.add(f"name-{number:03}", {"": ["personal", label_of(f"s-{number:03}")]}, "crm")
    return seen


def test_a_text_made_from_a_few_peoples_data_belongs_to_all_of_them() -> None:
    [labels] = people(MOST_OWNERS).trace("a summary")[0].values()
    assert len(subjects_in(labels)) == MOST_OWNERS


def test_of_many_people_a_text_belongs_to_those_who_stand_in_it() -> None:
    seen = people(MOST_OWNERS + 1)
    assert seen.trace("a summary")[0] == {"": ["personal"]}
    [labels] = seen.trace("Dear NAME-003 and name-007")[0].values()
    assert subjects_in(labels) == ("s-003", "s-007")


def test_a_number_made_from_peoples_data_is_personal_and_nobodys() -> None:
    assert people(2).trace({"total": 7, "found": True})[0] == {
        "total": ["personal"],
        "found": ["personal"],
    }


def test_a_text_is_veiled_where_personal_values_stand_in_it() -> None:
    seen = people(2)
    seen.know({"to": "name-001@example.com"}, {"to": ADA}, "arguments")
    said = seen.veil("name-001@example.com wrote to name-000", "personal", "[personal]")
    assert said == "[personal] wrote to [personal]"
    assert "s-ada" not in str(seen.trace("something else"))
