"""Drafts of policies: the list, the editor, and the check that runs while somebody writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.forms.policies import NewDraftForm, ReplayForm, TextForm, lines
from console.presenters import policy_drafts as shown
from console.presenters import policy_replays
from console.presenters.policy_check import checked
from console.presenters.policy_diff import files as diffed
from console.presenters.policy_words import words_for_editor
from console.queries import policy_drafts as found
from console.regions import live_for
from console.replay_card import replay_card
from console.requests import person_of, wants_part
from orchestration.access.governing import governed_scopes
from orchestration.access.rules import get_draft_for
from orchestration.errors import InvalidInput, StaleWrite
from orchestration.models import Person, PolicyDraft
from orchestration.operations.policy_drafts import DraftEdit, change_draft, open_draft
from orchestration.operations.policy_texts import draft_sources
from orchestration.policy.checks import run_tests
from orchestration.policy.language import parse
from orchestration.policy.textual import changes

UNSAVED = 422
STALE = 409


@dataclass(frozen=True)
class Typed:
    """A text that is not saved (yet), and what kept it from being saved.

    `theirs` is the text that somebody else saved meanwhile, None when nobody did.
    """

    key: str
    text: str
    problems: tuple[str, ...] = ()
    theirs: str | None = None
    by: str = ""
    status: int = 200


@require_GET
@never_cache
def show_all(request: HttpRequest) -> HttpResponse:
    """Drafts under way; with `?ended=1` those that were published or withdrawn."""
    feed = live_for(request, "policies")
    person = person_of(request)
    ended = request.GET.get("ended") == "1"
    context = {
        "section": "policies",
        "live": feed,
        "drafts": [shown.row(one) for one in found.listed(person, ended=ended)],
        "ended": ended,
        "may_write": bool(governed_scopes(person)),
    }
    return render(request, "drafts/list.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """Begin a draft, with files or with one policy that is in force (`?policy=`)."""
    person = person_of(request)
    asked = request.GET.get("policy", "")
    form = NewDraftForm(governed_scopes(person), request.POST or None, request.FILES or None)
    if not request.POST and asked:
        form.initial["title"] = f"Change {asked}"
    problems: list[str] = []
    if request.POST and form.is_valid():
        given = form.cleaned_data
        texts = tuple(lines(one) for one in given["texts"])
        edit = DraftEdit(
            texts=texts,
            title=given["title"],
            reason=given["reason"],
            origin="files from a browser" if texts else None,
        )
        try:
            draft = open_draft(scope=given["scope"], person=person, edit=edit)
        except InvalidInput as error:
            problems = list(error.problems)
        else:
            return redirect(shown.address(draft, asked or ("" if texts else shown.NEW)))
    context = {
        "section": "policies",
        "form": form,
        "problems": problems,
        "asked": asked,
        "drafts": [shown.row(one) for one in found.open_drafts_of(person, asked)] if asked else [],
        "back": request.GET.urlencode(),
    }
    return render(request, "drafts/new.html", context, status=UNSAVED if request.POST else 200)


@require_GET
@never_cache
def show(request: HttpRequest, key: UUID) -> HttpResponse:
    """One draft with one of its policies in the editor (`?policy=`)."""
    feed = live_for(request, "policies")
    return _page(request, get_draft_for(person_of(request), key), None, feed)


@require_POST
def save(request: HttpRequest, key: UUID) -> HttpResponse:
    """Save a policy's text; what can't be saved or comes too late stays in the editor."""
    person = person_of(request)
    draft = get_draft_for(person, key)
    form = TextForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("The text is too long to be a policy.")
    given = form.cleaned_data
    try:
        saved = _save_among_others(draft, person, given)
    except InvalidInput as error:
        typed = Typed(given["key"], given["text"], tuple(error.problems), status=UNSAVED)
        return _page(request, get_draft_for(person, key), typed)
    except StaleWrite:
        return _page(request, get_draft_for(person, key), _late(person, key, given))
    messages.success(request, f"Saved as revision {saved.revision}. Nothing is in force by that.")
    return redirect(shown.address(saved, parse(given["text"]).key))


@require_POST
def check(request: HttpRequest, key: UUID) -> HttpResponse:
    """What is wrong with a text of a draft, its reading and its tests; nothing is written."""
    draft = get_draft_for(person_of(request), key)
    form = TextForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("The text is too long to be a policy.")
    given = form.cleaned_data
    if wants_part(request):
        tools = found.schemas_for(person_of(request))
        result = checked(given["text"], draft.scope, tools)
        return render(request, "drafts/checked.html", {"checked": result})
    return _page(request, draft, Typed(given["key"], given["text"]))


def _save_among_others(draft: PolicyDraft, person: Person, given: dict[str, Any]) -> PolicyDraft:
    """Save; when somebody saved another policy of the draft meanwhile, beside theirs.

    Raises StaleWrite when they saved the same policy.
    """
    try:
        return _save(draft, person, given)
    except StaleWrite:
        fresh = get_draft_for(person, draft.pk)
        if fresh.texts.get(given["key"], "") != given["base"]:
            raise
        return _save(fresh, person, given | {"revision": fresh.revision})


def _save(draft: PolicyDraft, person: Person, given: dict[str, Any]) -> PolicyDraft:
    """Change the draft as the person saw it; a renamed policy leaves its old name behind."""
    name = _name(given["text"])
    renamed = given["key"] if given["key"] in draft.texts and given["key"] != name else ""
    if given["revision"] is not None:
        draft.revision = given["revision"]
    edit = DraftEdit(texts=(given["text"],), dropped=(renamed,) if renamed else ())
    return change_draft(draft=draft, person=person, edit=edit)


def _name(text: str) -> str:
    try:
        return parse(text).key
    except ValueError as error:
        raise InvalidInput(*str(error).split("; ")) from error


def _late(person: Person, key: UUID, given: dict[str, Any]) -> Typed:
    """What the other person saved, to be seen beside what this one wrote."""
    draft = get_draft_for(person, key)
    theirs = draft_sources(draft).get(given["key"]) or found.in_force_for(person).get(given["key"])
    by = found.last_hand(person, draft)
    return Typed(given["key"], given["text"], theirs=theirs or "", by=by, status=STALE)


def _page(
    request: HttpRequest,
    draft: PolicyDraft,
    typed: Typed | None,
    feed: dict[str, str] | None = None,
) -> HttpResponse:
    person = person_of(request)
    story = found.story(person, draft)
    asked = request.GET.get("policy", "")
    if asked not in {"", shown.NEW} and asked not in story.texts.keys() | story.in_force.keys():
        raise Http404("no such policy, or it is not in your units")
    key, saved = shown.opened(story, typed.key if typed else asked)
    text = typed.text if typed else saved
    tools = found.schemas_for(person)
    result = checked(text, draft.scope, tools)
    context: dict[str, Any] = {
        "section": "policies",
        "live": feed,
        "draft": shown.row(draft) | {"revision": draft.revision, "reason": draft.reason},
        "facts": shown.facts(story, result),
        "files": shown.files(story, key),
        "gate": shown.gate(story, _tests(story)),
        "rights": story.rights,
        "editor": {
            "key": key,
            "base": draft.texts.get(key, ""),
            "text": text,
            "saved": saved if key else "",
            "active": story.in_force.get(key, ""),
            "words": words_for_editor(tools),
            "removed": key in story.texts and story.texts[key] is None,
        },
        "checked": result,
        "typed": typed,
        "between": _between(typed),
        "difference": shown.difference(story),
        "replay_form": ReplayForm(),
        "new_url": shown.address(draft, shown.NEW),
        "drafts_url": reverse("drafts"),
    }
    if story.replay is not None:
        context |= replay_card(person, story.replay)
        context["facts"] += policy_replays.in_brief(context)
    return render(request, "drafts/page.html", context, status=typed.status if typed else 200)


def _between(typed: Typed | None) -> list[dict[str, Any]]:
    """From what the other person saved to what this one wrote."""
    if typed is None or typed.theirs is None:
        return []
    name = typed.key or "this policy"
    return diffed(changes({name: typed.theirs}, {name: typed.text}))


def _tests(story: found.DraftStory) -> tuple[int, int]:
    """How many of the tests inside the draft's policies pass, and how many there are."""
    results = [one for text in story.texts.values() if text for one in run_tests(parse(text))]
    return sum(one.passed for one in results), len(results)
