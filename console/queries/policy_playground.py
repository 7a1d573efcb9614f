"""What the playground and a decision's page ask: past requests, and rules to decide them by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.http import Http404

from orchestration.access.rows import get_step_for, steps_for
from orchestration.access.rules import drafts_for, get_bundle_for, get_draft_for, readable_keys
from orchestration.attributes.history import request_of
from orchestration.errors import InvalidInput
from orchestration.models import Person, PolicyDraft, PolicyVersion, Step
from orchestration.operations.policies import bundle_at
from orchestration.operations.policy_texts import active_bundle, compile_texts, prospect
from orchestration.policy import bundle as compiled
from orchestration.policy.explaining import Explanation, explain
from orchestration.policy.request import Request
from orchestration.vocabulary import Act, DraftState

LOOKED_AT = 1_000
"""Steps looked through, newest first, for those that match words."""
SHOWN = 12


@dataclass(frozen=True)
class Rules:
    """Rules to decide by: those in force, an older bundle, or what a draft would make of them."""

    bundle: compiled.Bundle
    name: str
    draft: PolicyDraft | None = None


def rules_for(person: Person, draft: str, bundle: str) -> Rules:
    """The rules that an address names; those in force when it names none.

    Raises Http404 for what is not there, InvalidInput for a draft that contradicts itself.
    """
    if draft:
        row = get_draft_for(person, draft)
        return Rules(_prospect(row), f"with the draft “{row.title}”", row)
    if bundle:
        if not bundle.isdecimal():
            raise Http404("no such bundle")
        number = get_bundle_for(person, int(bundle[:9])).number
        return Rules(bundle_at(number), f"under bundle {number}")
    active = active_bundle()
    number = active.number if active else 0
    return Rules(bundle_at(number), f"under bundle {number}, in force")


def _prospect(draft: PolicyDraft) -> compiled.Bundle:
    active = active_bundle()
    return _compiled(tuple(prospect(draft).items()), active.number + 1 if active else 1)


@lru_cache(maxsize=8)
def _compiled(texts: tuple[tuple[str, str], ...], number: int) -> compiled.Bundle:
    """What a draft would put in force; reading a thousand policies takes more than a second."""
    return compile_texts(dict(texts), number)


def step_named(person: Person, key: str) -> Step:
    """A step by its id in an address, or Http404."""
    try:
        return get_step_for(person, UUID(key))
    except ValueError as error:
        raise Http404("no such step") from error


def latest_steps(person: Person, words: str) -> list[Step]:
    """The latest steps whose agent, target, act or effect hold every word."""
    recent = steps_for(person).exclude(act=Act.JOURNAL_VALUE).order_by("-id")
    if not words:
        return list(recent.select_related("agent", "task")[:SHOWN])
    wanted = words.casefold().split()
    rows = recent.select_related("agent", "task")[:LOOKED_AT]
    return [one for one in rows if all(word in _said(one) for word in wanted)][:SHOWN]


def _said(step: Step) -> str:
    return f"{step.agent.slug} {step.agent.name} {step.act} {step.target} {step.effect}".casefold()


@dataclass(frozen=True)
class Again:
    """A step's request decided anew by some rules; `explanation` is None when it can't be."""

    rules: Rules
    explanation: Explanation | None


def decided_then(step: Step) -> Again:
    """A step's request by the bundle it was decided on, every rule with the values it saw."""
    rules = Rules(bundle_at(step.bundle), f"bundle {step.bundle}")
    return Again(rules, _explained(request_of(step), rules.bundle))


def decided_now(person: Person, step: Step) -> list[Again]:
    """A step's request by the rules in force, and by every sound draft under way."""
    request = request_of(step)
    active = active_bundle()
    found = [rules_for(person, "", "")] if active and active.number != step.bundle else []
    for draft in drafts_for(person).filter(state__in=[DraftState.DRAFT, DraftState.REVIEWED])[:3]:
        found += _sound(person, draft)
    return [Again(one, _explained(request, one.bundle)) for one in found]


def _sound(person: Person, draft: PolicyDraft) -> list[Rules]:
    try:
        return [rules_for(person, str(draft.pk), "")]
    except InvalidInput:
        return []


def _explained(request: Request | None, bundle: compiled.Bundle) -> Explanation | None:
    if request is None:
        return None
    try:
        return explain(request, bundle)
    except (KeyError, TypeError, AttributeError):
        return None


def texts_then(person: Person, step: Step, keys: set[str]) -> dict[str, tuple[int, str]]:
    """The texts of policies as the step's bundle held them: (version's number, text) by key."""
    readable = readable_keys(person)
    rows = PolicyVersion.objects.filter(
        bundles__number=step.bundle, policy__key__in=keys & readable
    )
    found = rows.values_list("policy__key", "number", "source")
    return {key: (number, source) for key, number, source in found}


def readable(person: Person) -> frozenset[str]:
    """Keys of the policies that the person may read."""
    return readable_keys(person)
