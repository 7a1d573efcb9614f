"""Bundles of policies: their history, what each changed, the way back, and files to take away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from console.forms.policies import WordsForm
from console.presenters import policy_bundles as shown
from console.presenters import policy_outcomes
from console.queries import policy_bundles as found
from console.queries.policy_outcomes import outcome_between
from console.regions import live_for
from console.requests import person_of
from orchestration.access.rows import get_policy_for
from orchestration.access.rules import get_bundle_for, get_draft_for
from orchestration.errors import InvalidInput
from orchestration.operations.policy_drafts import roll_back
from orchestration.operations.policy_texts import draft_sources


@require_GET
@never_cache
def show_all(request: HttpRequest) -> HttpResponse:
    """Every bundle that was in force, newest first."""
    feed = live_for(request, "policies")
    rows = [shown.row(one) for one in found.listed(person_of(request))]
    context = {"section": "policies", "live": feed, "bundles": rows, "most": found.LATEST}
    return render(request, "bundles/list.html", context)


@require_GET
@never_cache
def show(request: HttpRequest, number: int) -> HttpResponse:
    """One bundle: who and why, what it changed, and the way back to it."""
    person = person_of(request)
    story = found.story(person, get_bundle_for(person, number))
    context = {
        "section": "policies",
        "bundle": shown.row(story.row),
        "facts": shown.facts(story),
        "versions": shown.versions(story),
        "hidden": story.hidden,
        "before": shown.row(story.before) if story.before else None,
        "diff": shown.difference(story.old, story.new) if story.before else [],
        "others": [one for one in map(shown.row, found.listed(person)) if one["number"] != number],
        "may_restore": story.may_restore,
    }
    return render(request, "bundles/page.html", context)


@require_GET
@never_cache
def compare(request: HttpRequest, old: int, new: int) -> HttpResponse:
    """Two bundles: the difference of their texts, and of what they say to the latest steps."""
    person = person_of(request)
    one, other = get_bundle_for(person, old), get_bundle_for(person, new)
    texts = found.texts(person, one), found.texts(person, other)
    context: dict[str, Any] = {
        "section": "policies",
        "old": shown.row(one),
        "new": shown.row(other),
        "diff": shown.difference(*texts),
        "outcome": policy_outcomes.between(outcome_between(person, one, other)),
    }
    return render(request, "bundles/compare.html", context)


@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """Lead from a form to the comparison it asks for."""
    numbers = [request.GET.get(name, "") for name in ("old", "new")]
    if not all(one.isdecimal() and len(one) < 10 for one in numbers):  # noqa: PLR2004
        raise InvalidInput("Choose two bundles by their numbers.")
    return redirect("bundle-compare", *map(int, numbers))


@require_POST
def restore(request: HttpRequest, number: int) -> HttpResponse:
    """Put an older bundle in force again, as a new one."""
    person = person_of(request)
    form = WordsForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("The reason is too long.")
    to = get_bundle_for(person, number)
    bundle = roll_back(to=to, person=person, reason=form.cleaned_data["words"])
    messages.success(request, f"Bundle {bundle.number} is in force: it says what {number} said.")
    return redirect("bundle", bundle.number)


@require_GET
@never_cache
def export(request: HttpRequest, number: int) -> HttpResponse:
    """The policies of a bundle that the person may read, as a zip of YAML files."""
    person = person_of(request)
    texts = found.texts(person, get_bundle_for(person, number))
    return _file(shown.archive(texts), f"policies-bundle-{number}.zip", "application/zip")


@require_GET
@never_cache
def export_draft(request: HttpRequest, key: UUID) -> HttpResponse:
    """The texts of a draft as a zip of YAML files."""
    draft = get_draft_for(person_of(request), key)
    texts = {name: text for name, text in draft_sources(draft).items() if text is not None}
    return _file(shown.archive(texts), f"policies-draft-{key}.zip", "application/zip")


@require_GET
@never_cache
def export_policy(request: HttpRequest, key: str) -> HttpResponse:
    """One policy's text as it is in force, or its newest version, as a YAML file."""
    policy = get_policy_for(person_of(request), key)
    active = policy.versions.filter(bundles__state="active").first()
    version = active or policy.versions.first()
    if version is None:
        raise InvalidInput("This policy has no version yet.")
    return _file(version.source.encode(), f"{key}.yaml", "application/yaml")


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def bundle_address(number: int) -> str:
    """The page of a bundle."""
    return reverse("bundle", args=[number])
