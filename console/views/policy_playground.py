"""The playground: a step of the past or a request written by hand, decided rule by rule."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from console.presenters import policy_explained as shown
from console.queries import policy_playground as found
from console.queries.policy_drafts import OPEN
from console.requests import person_of
from orchestration.access.rules import drafts_for
from orchestration.attributes.history import request_of
from orchestration.errors import InvalidInput
from orchestration.models import Person
from orchestration.policy.explaining import explain
from orchestration.policy.request import Request
from orchestration.policy.sample import sample_request
from orchestration.policy.source import PolicyError, read

LONGEST = 12_000
"""Characters of a request that an address carries."""

FIRST = """act:
  name: tool.call
  target: payments.send
  effect: irreversible
  arguments: {amount_minor: 1250000, payee: Northwind}
  labels: {payee: [untrusted]}
agent: {autonomy: act-and-report, grants: ["*"]}
facts: {approvers: {approver: 2}}
"""


@require_GET
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """Decide what the address names: `?step=` or `?given=`, by `?draft=`, `?bundle=` or now."""
    person, asked = person_of(request), request.GET
    context: dict[str, Any] = {
        "section": "policies",
        "q": asked.get("q", ""),
        "draft": asked.get("draft", ""),
        "bundle": asked.get("bundle", ""),
        "drafts": list(drafts_for(person).filter(state__in=OPEN)[:50]),
        "steps": [shown.step_row(one) for one in found.latest_steps(person, asked.get("q", ""))],
        "longest": LONGEST,
    }
    context |= _step(person, asked.get("step", ""))
    context["given"] = _text(asked.get("given", ""), context["editable"])
    try:
        rules = found.rules_for(person, context["draft"], context["bundle"])
        context["rules"] = rules.name
        question = _question(asked.get("given", ""), context["request"])
    except PolicyError as error:
        context["problems"] = [str(one) for one in error.problems]
    except InvalidInput as error:
        context["problems"] = list(error.problems)
    else:
        context |= _answer(person, question, rules)
    return render(request, "playground/page.html", context)


def _step(person: Person, key: str) -> dict[str, Any]:
    """The step that was chosen, its request, and that as text to change."""
    if not key:
        return {"chosen": None, "request": None, "editable": ""}
    step = found.step_named(person, key)
    request = request_of(step)
    return {
        "chosen": shown.step_row(step) | {"bundle": step.bundle},
        "request": request,
        "editable": shown.editable(request) if request else "",
    }


def _text(given: str, editable: str) -> str:
    return (given or editable or FIRST).replace("\r\n", "\n")


def _question(given: str, chosen: Request | None) -> Request | None:
    """The request to decide. Raises PolicyError or InvalidInput when a text is none."""
    if not given:
        return chosen
    if len(given) > LONGEST:
        raise InvalidInput(f"A request written by hand has at most {LONGEST:,} characters.")
    parts = read(given.replace("\r\n", "\n")).plain()
    if not isinstance(parts, dict):
        raise InvalidInput("A request has parts with names: act, agent, unit, goal, task, facts.")
    return sample_request(parts)


def _answer(person: Person, question: Request | None, rules: found.Rules) -> dict[str, Any]:
    if question is None:
        return {}
    try:
        explanation = explain(question, rules.bundle)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return {"problems": [f"This request can't be decided: {error}"]}
    keys = found.readable(person) | _of_draft(rules)
    return {"explained": shown.shown(explanation, keys)}


def _of_draft(rules: found.Rules) -> frozenset[str]:
    """Policies that a readable draft brings along and that nobody keeps yet."""
    return frozenset(rules.draft.texts) if rules.draft else frozenset()
