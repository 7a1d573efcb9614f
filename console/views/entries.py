"""One entry of the ledger to check or to take away: its evidence, its proof, its receipt."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from audit.entry_checks import Evidence, evidence
from audit.receipt_desk import NoReceipt, receipt_for
from console.requests import person_of
from orchestration.access.roles import ledger_scopes


@require_GET
@never_cache
def show(request: HttpRequest, key: UUID) -> HttpResponse:
    """What the reader's browser checks: the row, the body, the proof, keys and witnesses."""
    return JsonResponse(_evidence(request, key).as_json())


@require_GET
@never_cache
def proof(request: HttpRequest, key: UUID) -> HttpResponse:
    """The proof as a file (c2sp.org/tlog-proof); 404 while the entry waits to be sealed."""
    found = _evidence(request, key)
    if found.proof is None:
        raise Http404("this entry is not sealed yet")
    return _file(str(found.proof), "text/plain", f"proof-{key}.txt")


@require_GET
@never_cache
def receipt(request: HttpRequest, key: UUID) -> HttpResponse:
    """The receipt as a file: with its proof, or with a promise until the entry is sealed."""
    _evidence(request, key)
    try:
        made = str(receipt_for(key, scopes=ledger_scopes(person_of(request))))
    except NoReceipt as error:
        raise Http404(str(error)) from error
    return _file(made, "application/json", f"receipt-{key}.json")


def _evidence(request: HttpRequest, key: UUID) -> Evidence:
    found = evidence(key, scopes=ledger_scopes(person_of(request)))
    if found is None:
        raise Http404("no such entry, or it is not in your units")
    return found


def _file(text: str, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
