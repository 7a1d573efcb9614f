"""The approvals inbox: what waits for a person, its whole story, and the answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from console.forms.approvals import AnswerForm
from console.live.address import live
from console.presenters import approvals as shown
from console.queries import approvals as found
from console.requests import note_refused, person_of, wants_part
from orchestration.access.rows import get_approval_for
from orchestration.errors import IllegalTransition, NotAllowed
from orchestration.models import Approval, Vote
from orchestration.operations.approvals import cast_vote
from orchestration.vocabulary import ApprovalState, Risk

TABS = ("waiting", "decided")
RECENT = 5


@require_GET
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """The inbox, and the request that `?sel=` names, else the first."""
    return render(request, "approvals/page.html", _context(request, request.GET.get("sel")))


def _context(request: HttpRequest, selected: str | None) -> dict[str, Any]:
    connection = None if wants_part(request) else live("approvals")
    person = person_of(request)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "waiting"
    key = _identifier(selected)
    rows = found.decided(person) if tab == "decided" else found.waiting(person, keep=key)
    page = found.page_of(rows, request.GET.get("page"))
    listed = list(page.object_list)
    chosen = key or (listed[0].pk if listed else None)
    requests = [shown.row(one, tab=tab, current=chosen) for one in listed]
    recent = [] if listed else list(found.page_of(found.decided(person), None))[:RECENT]
    return {
        "section": "approvals",
        "live": connection,
        "tabs": shown.tabs(tab, found.counts(person)),
        "picked": key is not None,
        "groups": shown.by_day(requests) if tab == "decided" else shown.groups(requests),
        "count": page.paginator.count,
        "page": page,
        "recent": [shown.row(one, tab="decided") for one in recent],
        "inbox_url": shown.address(tab),
        **_detail(request, chosen, tab, requests),
    }


def _identifier(text: str | None) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404("no such request") from error


def _detail(
    request: HttpRequest,
    key: UUID | None,
    tab: str,
    listed: list[dict[str, Any]],
) -> dict[str, Any]:
    """The selected request; asking for one that is not there, or not theirs, is 404."""
    if key is None:
        return {"ask": None}
    person = person_of(request)
    story = found.story(person, key)
    if story is None:
        raise Http404("no such request, or it is not in your units")
    ask = shown.detail(story, person, timezone.now(), tab=tab)
    answered = "You have answered; the others have to decide." if story.mine else ""
    return {
        "ask": ask | _position(listed, str(key)),
        "may_decide": not story.obstacle and not answered,
        "why_not": story.obstacle or answered,
        "form": AnswerForm(),
        "decide_url": reverse("approval-answer", args=[key]),
        "effect_of_vote": shown.effect_of_vote(story),
        "reason_required": story.approval.risk == Risk.HIGH,
    }


def _position(listed: list[dict[str, Any]], key: str) -> dict[str, Any]:
    at = next((index for index, one in enumerate(listed) if one["id"] == key), None)
    if at is None:
        return {}
    return {
        "position": at + 1,
        "count": len(listed),
        "previous_url": listed[at - 1]["url"] if at else "",
        "next_url": listed[at + 1]["url"] if at + 1 < len(listed) else "",
    }


@require_http_methods(["GET", "POST"])
@never_cache
def answer(request: HttpRequest, key: UUID) -> HttpResponse:
    """Record one person's answer, and lead back to the request, where what came of it is told."""
    approval = get_approval_for(person_of(request), key)
    if request.method == "GET":
        return redirect(shown.address(sel=key))
    form = AnswerForm(request.POST, reason_required=approval.risk == Risk.HIGH)
    problem = "" if form.is_valid() else _fault(form)
    if not problem:
        problem = _cast(request, key, form.cleaned_data)
    if problem:
        messages.warning(request, problem)
    return redirect(shown.address(sel=key))


def _fault(form: AnswerForm) -> str:
    """What the form lacks, in sentences."""
    said = " ".join(str(one) for errors in form.errors.values() for one in errors)
    return f"{said} Nothing was recorded."


def _cast(request: HttpRequest, key: UUID, said: dict[str, Any]) -> str:
    """Record the answer; returns what stood in its way, in words, or an empty text.

    What stands in the way is no fault of the page, so it is told there and not as an error.
    """
    try:
        decided = cast_vote(
            approval_id=key,
            person=person_of(request),
            verdict=said["decision"],
            reason=said["reason"],
            digest=said["digest"],
        )
    except (NotAllowed, IllegalTransition) as refusal:
        if isinstance(refusal, NotAllowed):
            note_refused(request, str(refusal))
        yours = f" You wrote: {said['reason']}" if said["reason"] else ""
        return f"{refusal} Your answer was not recorded.{yours}"
    messages.success(request, _thanks(decided, said["decision"]))
    return ""


def _thanks(approval: Approval, verdict: str) -> str:
    if approval.state == ApprovalState.OPEN:
        return "Your approval is recorded. It takes more people before the call runs."
    if verdict == Vote.Verdict.DENY:
        return "Denied. The agent is told your reason."
    return "Approved. The call is decided once more and then runs."
