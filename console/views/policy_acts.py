"""What people do with a draft: review, send back, publish, withdraw, take policies in and out."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from console.forms.policies import WordsForm
from console.presenters.policy_drafts import address
from console.requests import person_of
from orchestration.access.rules import get_draft_for
from orchestration.errors import InvalidInput
from orchestration.models import Person, PolicyDraft
from orchestration.operations import policy_drafts
from orchestration.operations.policy_drafts import DraftEdit

Act = Callable[[PolicyDraft, Person, str], str]
"""Does it with the words that were typed, and says what is so now."""


@require_POST
def act(request: HttpRequest, key: UUID, act: str) -> HttpResponse:
    """Do one of ACTS with the draft as the person saw it."""
    chosen = ACTS.get(act)
    person = person_of(request)
    draft = get_draft_for(person, key)
    if chosen is None:
        raise Http404("a draft knows no such act")
    form = WordsForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("The words are too long.")
    if form.cleaned_data["revision"] is not None:
        draft.revision = form.cleaned_data["revision"]
    messages.success(request, chosen(draft, person, form.cleaned_data["words"]))
    return redirect(address(draft))


def _review(draft: PolicyDraft, person: Person, words: str) -> str:
    policy_drafts.review_draft(draft=draft, person=person, note=words)
    return "Reviewed. An admin who did not write it can publish it now."


def _return(draft: PolicyDraft, person: Person, words: str) -> str:
    policy_drafts.return_draft(draft=draft, person=person, note=words)
    return "Sent back to its authors with your words."


def _publish(draft: PolicyDraft, person: Person, words: str) -> str:
    bundle = policy_drafts.publish_draft(draft=draft, person=person, reason=words)
    return f"Bundle {bundle.number} is in force. No step is decided on an older one from now on."


def _withdraw(draft: PolicyDraft, person: Person, words: str) -> str:
    policy_drafts.withdraw_draft(draft=draft, person=person, reason=words)
    return "Withdrawn. It stays readable."


def _take_out(draft: PolicyDraft, person: Person, words: str) -> str:
    edit = DraftEdit(removed=(words,))
    policy_drafts.change_draft(draft=draft, person=person, edit=edit)
    return f"The draft takes {words} out of force."


def _drop(draft: PolicyDraft, person: Person, words: str) -> str:
    edit = DraftEdit(dropped=(words,))
    policy_drafts.change_draft(draft=draft, person=person, edit=edit)
    return f"The draft says nothing about {words} any more."


ACTS: dict[str, Act] = {
    "review": _review,
    "return": _return,
    "publish": _publish,
    "withdraw": _withdraw,
    "take-out": _take_out,
    "drop": _drop,
}
"""Acts by the word in the address; for the last two the words name a policy."""
