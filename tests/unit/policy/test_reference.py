"""The reference page names everything a policy may say, and its example is a policy."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from orchestration.policy.checks import run_tests
from orchestration.policy.fields import FIELDS, STANDARD_FACTS
from orchestration.policy.language import KEYS, parse
from orchestration.policy.terms import OBLIGATIONS, Scope

PAGE = (Path(__file__).parents[3] / "docs" / "policies.md").read_text("utf-8")


def first_column(heading: str) -> list[str]:
    section = re.split(r"^#+ ", PAGE, flags=re.MULTILINE)
    body = next(one for one in section if one.startswith(heading + "\n"))
    return re.findall(r"^\| `([^`]+)` \|", body, re.MULTILINE)


def test_every_part_of_a_policy_is_explained_and_nothing_else() -> None:
    assert sorted(first_column("Parts of a policy")) == sorted(KEYS)


def test_every_side_of_a_scope_is_explained() -> None:
    assert first_column("Scope") == [one.name for one in fields(Scope)]


def test_every_field_stands_with_its_type_and_meaning() -> None:
    assert first_column("Conditions") == list(FIELDS)
    for name, field in FIELDS.items():
        assert f"| `{name}` | `{field.type}` | {field.meaning} |" in PAGE


def test_every_obligation_and_standard_fact_is_explained() -> None:
    assert first_column("Obligations") == list(OBLIGATIONS)
    assert first_column("Facts and limits") == [f"facts.{name}" for name in STANDARD_FACTS]


def test_the_example_is_a_policy_that_passes_its_tests() -> None:
    example = re.findall(r"```yaml\n(policy:.*?)```", PAGE, re.DOTALL)[0]

    results = run_tests(parse(example))

    assert results
    assert all(one.passed for one in results)


def test_the_example_of_facts_and_limits_is_read() -> None:
    example = re.findall(r"```yaml\n(facts:.*?)```", PAGE, re.DOTALL)[0]
    text = f"policy: a.b\ntitle: T\napproval: {{from: [approver]}}\n{example}"

    assert [one.name for one in parse(text).limits] == ["an-hour", "a-day"]
