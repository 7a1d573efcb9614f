"""The reference page names everything a policy may say, and its example is a policy."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from orchestration.policy.bundle import compile_bundle
from orchestration.policy.checks import run_tests
from orchestration.policy.engine import decide
from orchestration.policy.fields import FIELDS, STANDARD_FACTS
from orchestration.policy.language import KEYS, parse
from orchestration.policy.sample import sample_request
from orchestration.policy.shipped import baseline_files
from orchestration.policy.terms import OBLIGATIONS, Scope
from orchestration.vocabulary import Autonomy

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "policies.md").read_text("utf-8")


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


def test_every_verb_of_the_command_is_explained_with_its_options() -> None:
    source = (ROOT / "orchestration" / "management" / "commands" / "policy.py").read_text("utf-8")
    verbs = re.findall(r'add_parser\("(\w+)"', source)
    told = re.findall(r"^\| `manage.py policy (\w+) ", PAGE, re.MULTILINE)

    assert sorted(told) == sorted(verbs)
    for option in set(re.findall(r'add_argument\(\s*"(--[\w-]+)"', source)):
        assert f"`{option}" in PAGE, option


def test_the_table_of_autonomy_is_what_the_baseline_decides() -> None:
    made = compile_bundle([parse(file.read_text("utf-8")) for file in baseline_files()], 1)
    rows = re.findall(r"^\| `([\w-]+)` \|((?: (?:allow|hold|deny) \|){5})$", PAGE, re.MULTILINE)

    assert [level for level, _ in rows] == [level.value for level in Autonomy]
    for level, cells in rows:
        said = [
            decide(
                sample_request(
                    {
                        "act": {"effect": effect, "risk": risk},
                        "agent": {"autonomy": level, "risk_class": of_agent},
                    }
                ),
                made,
            ).effect
            for effect, risk, of_agent in PLACES
        ]
        assert said == cells.replace("|", " ").split(), level


PLACES = [
    ("read", "low", "low"),
    ("write", "low", "low"),
    ("write", "high", "low"),
    ("irreversible", "high", "low"),
    ("irreversible", "high", "high"),
]
"""Effect, risk of the act and risk class of the agent, as the table's columns have them."""
