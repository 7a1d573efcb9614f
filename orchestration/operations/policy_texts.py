"""The texts of policies: those of a bundle, those of a draft, and what a draft would make of them.

Reading only; what they describe is compiled here into bundles to decide with.
"""

from __future__ import annotations

from collections.abc import Mapping

from audit import payloads
from orchestration.errors import InvalidInput
from orchestration.models import Bundle, PolicyDraft
from orchestration.policy import bundle as compiled
from orchestration.policy import language
from orchestration.policy.checks import run_tests
from orchestration.vocabulary import BundleState


def active_bundle() -> Bundle | None:
    """The bundle in force; None before one was published."""
    return Bundle.objects.filter(state=BundleState.ACTIVE).first()


def sources_of(bundle: Bundle | None) -> dict[str, str]:
    """The texts of a bundle by policy key."""
    if bundle is None:
        return {}
    rows = bundle.versions.order_by("policy__key").values_list("policy__key", "source")
    return dict(rows)


def draft_sources(draft: PolicyDraft) -> dict[str, str | None]:
    """The texts of a draft by policy key; None for a policy that is to be taken out."""
    found = payloads.load_many([digest for digest in draft.texts.values() if digest])
    return {
        key: str(found[digest]) if digest else None for key, digest in sorted(draft.texts.items())
    }


def prospect(draft: PolicyDraft) -> dict[str, str]:
    """The texts that would be in force were the draft published now."""
    texts: dict[str, str | None] = {**sources_of(active_bundle()), **draft_sources(draft)}
    return {key: text for key, text in sorted(texts.items()) if text is not None}


def compile_texts(texts: Mapping[str, str], number: int) -> compiled.Bundle:
    """A bundle of texts. Raises InvalidInput naming what is wrong, policy by policy."""
    policies = []
    problems = []
    for key, text in texts.items():
        try:
            policies.append(language.remembered(text))
        except language.PolicyError as error:
            problems += [f"{key}: {one}" for one in error.problems]
    if problems:
        raise InvalidInput(*problems)
    try:
        return compiled.compile_bundle(policies, number)
    except compiled.ContradictoryPolicies as error:
        raise InvalidInput(str(error)) from error


def compile_prospect(draft: PolicyDraft) -> compiled.Bundle:
    """What would be in force were the draft published now, with the next number."""
    active = active_bundle()
    return compile_texts(prospect(draft), active.number + 1 if active else 1)


def failing_tests(draft: PolicyDraft) -> list[str]:
    """The tests inside the draft's policies that fail, a sentence each."""
    failed = []
    for key, text in draft_sources(draft).items():
        for case in run_tests(language.parse(text)) if text else ():
            if not case.passed:
                said = case.fault or f"expected {case.expected}, the policy says {case.said}"
                failed.append(f"{key}: test {case.name!r}: {said}")
    return failed
