"""Runs the tests that stand inside a policy: what this policy alone says to each given request."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.errors import InvalidInput
from orchestration.policy.bundle import Bundle, compile_bundle
from orchestration.policy.judging import judge
from orchestration.policy.sample import sample_request
from orchestration.policy.scopes import place_of
from orchestration.policy.terms import STRENGTH, Case, Policy

NOTHING = "nothing"


@dataclass(frozen=True)
class CaseResult:
    """How one test came out; `said` is the strongest effect of the policy, or `nothing`."""

    name: str
    expected: str
    said: str
    rules: tuple[str, ...]
    passed: bool
    fault: str = ""


def run_tests(policy: Policy) -> list[CaseResult]:
    """The result of each test in a policy, in order. Other policies and grants play no part."""
    bundle = compile_bundle([policy], 0)
    return [_run(case, bundle, place_of_tests(policy)) for case in policy.tests]


def place_of_tests(policy: Policy) -> str:
    """The unit in which a policy's tests take place when they name none: the first it speaks of."""
    named = (one.removesuffix("/**") for one in policy.scope.units)
    return next((one for one in named if "*" not in one), "")


def _run(case: Case, bundle: Bundle, unit: str) -> CaseResult:
    try:
        request = sample_request(case.given, unit=unit)
        verdicts = judge(bundle.candidates(place_of(request)), request)
    except (InvalidInput, KeyError, TypeError, AttributeError) as error:
        return CaseResult(case.name, case.expect, NOTHING, (), passed=False, fault=str(error))
    speaking = [one for one in verdicts if one.effect != "oblige"]
    said = max((one.effect for one in speaking), key=STRENGTH.__getitem__, default=NOTHING)
    rules = tuple(one.order[1] for one in verdicts)
    passed = said == case.expect and case.rules in (None, tuple(sorted(rules)))
    return CaseResult(case.name, case.expect, said, rules, passed)
