"""The baseline and the packs: their own tests pass, and their pages tell of every policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestration.policy.bundle import compile_bundle
from orchestration.policy.checks import run_tests
from orchestration.policy.decision import Decision
from orchestration.policy.engine import decide
from orchestration.policy.language import parse
from orchestration.policy.principles import carried
from orchestration.policy.sample import sample_request
from orchestration.policy.shipped import baseline_files, packs

FILES = [*baseline_files(), *(file for files in packs().values() for file in files)]
BASELINE = compile_bundle([parse(file.read_text("utf-8")) for file in baseline_files()], 1)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_shipped_policy_passes_its_own_tests_and_has_both_kinds(file: Path) -> None:
    policy = parse(file.read_text("utf-8"))
    results = run_tests(policy)

    if policy.principles and not policy.rules:
        return
    assert [one for one in results if not one.passed] == []
    assert len({(one.said, one.rules) for one in results}) > 1


def test_the_five_packs_are_there_each_with_a_page_naming_all_its_policies() -> None:
    assert sorted(packs()) == [
        "eu-ai-act-14",
        "owasp-agentic",
        "payments",
        "personal-data",
        "safe-defaults",
    ]
    for files in packs().values():
        page = (files[0].parent / "about.md").read_text("utf-8")
        for file in files:
            assert f"`{parse(file.read_text('utf-8')).key}`" in page, file


def test_each_owasp_entry_has_a_policy_or_a_reason_for_having_none() -> None:
    folder = packs()["owasp-agentic"][0].parent
    rows = re.findall(
        r"^\| (ASI\d\d) [^|]*\| ([^|]*)\|", (folder / "about.md").read_text(), re.MULTILINE
    )

    assert [name for name, _ in rows] == [f"ASI{number:02d}" for number in range(1, 11)]
    keys = {parse(file.read_text("utf-8")).key for file in packs()["owasp-agentic"]}
    for name, told in rows:
        assert told.strip().strip("`") in keys or told.startswith("none: "), name


def test_all_shipped_policies_can_be_in_force_together() -> None:
    made = compile_bundle([parse(file.read_text("utf-8")) for file in FILES], 1)

    assert len(made.policies) == len(FILES)


def baseline(act: dict[str, object], **agent: object) -> Decision:
    return decide(sample_request({"act": act, "agent": agent}), BASELINE)


EXPECTED = {
    "observe": ("allow", "deny", "deny"),
    "propose": ("allow", "hold", "deny"),
    "act-with-approval": ("allow", "hold", "hold"),
    "act-and-report": ("allow", "allow", "hold"),
    "act": ("allow", "allow", "allow"),
}


@pytest.mark.parametrize("autonomy", EXPECTED)
def test_the_level_of_autonomy_decides_who_reads_writes_and_does_what_cannot_be_undone(
    autonomy: str,
) -> None:
    effects = ("read", "write", "irreversible")

    found = [baseline({"effect": one}, autonomy=autonomy).effect for one in effects]

    assert tuple(found) == EXPECTED[autonomy]


def test_a_class_of_high_risk_takes_the_last_step_away_from_the_freest_agent() -> None:
    decision = baseline({"effect": "irreversible"}, autonomy="act", risk_class="high")

    assert decision.effect == "hold"


def test_every_act_inside_ones_own_goal_is_allowed() -> None:
    for name in ("board.read", "board.post", "message.send", "task.ask", "result.publish"):
        assert baseline({"name": name, "effect": "internal"}).effect == "allow", name


def test_an_agent_of_another_organisation_may_do_nothing_here() -> None:
    for name in ("board.read", "tool.call", "task.add"):
        assert baseline({"name": name}, unit="elsewhere/lab").effect == "deny", name


def test_an_act_the_baseline_does_not_know_is_denied() -> None:
    decision = baseline({"name": "world.end"})

    assert decision.texts() == ["no policy allows world.end on sample.tool"]


def test_a_payment_from_an_untrusted_page_is_denied_and_the_same_from_the_order_is_not() -> None:
    pay = {"effect": "irreversible", "target": "payments.transfer", "arguments": {"payee": "DE02"}}

    planted = baseline({**pay, "labels": {"payee": ["untrusted"]}}, autonomy="act")
    ordered = baseline(pay, autonomy="act")

    assert (planted.effect, ordered.effect) == ("deny", "allow")
    assert planted.flagged


def test_every_principle_is_enforced_by_the_baseline_or_is_advice() -> None:
    found = carried(BASELINE, "demo")

    assert [one.absent for one in found if one.absent] == []
    assert [one.principle.key for one in found if one.advice_only] == [
        "say-what-you-know",
        "give-up-clearly",
    ]
