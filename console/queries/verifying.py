"""What the page of verifications reads: how the ledger stands, and runs with their reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audit import payloads, reading
from audit.checkpoints import Stored, cosignatures, latest
from audit.key_ring import public_key
from audit.notes import Note
from audit.state import Lag, SealState, seal_lag, seal_state
from orchestration.access.roles import ledger_scopes
from orchestration.models import Person, Verification
from orchestration.operations.verifying import UNDER_WAY
from orchestration.vocabulary import VerificationState

CHECKPOINTS = 12
RUNS = 20
JUDGED = (VerificationState.SOUND, VerificationState.UNSOUND)


@dataclass(frozen=True)
class Head:
    """A stored checkpoint, its note as far as it can be read, and who cosigned it."""

    stored: Stored
    note: Note | None
    witnesses: list[str]


@dataclass(frozen=True)
class Standing:
    """How the ledger stands: seal, lag, key and the newest checkpoints."""

    seal: SealState
    lag: Lag | None
    key: str
    heads: list[Head]


def standing() -> Standing:
    """Read it anew."""
    key = public_key()
    heads = [_head(one) for one in latest(CHECKPOINTS)]
    return Standing(seal_state(), seal_lag(), str(key) if key else "", heads)


def _head(stored: Stored) -> Head:
    try:
        note: Note | None = stored.signed()
    except ValueError:  # somebody altered the row: the page must still show it
        note = None
    return Head(stored, note, [witness for witness, _ in cosignatures(stored.size)])


def runs() -> list[Verification]:
    """The latest verifications, newest first."""
    return list(Verification.objects.select_related("requested_by")[:RUNS])


def run_of(key: UUID) -> Verification | None:
    """One verification."""
    return Verification.objects.select_related("requested_by").filter(pk=key).first()


def under_way() -> Verification | None:
    """The verification that waits or runs, if there is one."""
    return Verification.objects.filter(state__in=UNDER_WAY).select_related("requested_by").first()


def last_judged() -> Verification | None:
    """The newest verification that came to a result."""
    return Verification.objects.filter(state__in=JUDGED).order_by("-ended_at").first()


def report_of(run: Verification) -> dict[str, Any] | None:
    """The whole report; None before the end, or when its payload is there no more."""
    found = payloads.load_many([run.report]).get(run.report) if run.report else None
    return found if isinstance(found, dict) else None


def visible_entries(person: Person, ids: Iterable[str]) -> Collection[str]:
    """Which of these entries the person may see, by entry_id."""
    scopes = ledger_scopes(person)
    wanted = [UUID(one) for one in ids if _is_id(one)]
    if "" in scopes:
        return {str(one) for one in wanted}
    seen = reading.visible(scopes).filter(entry_id__in=wanted).order_by()
    return {str(one) for one in seen.values_list("entry_id", flat=True)}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
