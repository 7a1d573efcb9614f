"""Recording that people came, looked or were refused: sign-ins, refusals, reading the ledger.

Names and addresses are personal, so entries hold keyed digests of them. The digests are enough to
count failed sign-ins, which makes the ledger itself the counter of the sign-in limit.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from audit import ledger
from audit.entries import Actor, Draft
from audit.models import Entry
from audit.reading_record import record_reading
from orchestration.access.roles import READING, scopes_for
from orchestration.errors import NotAllowed
from orchestration.models import Person
from orchestration.operations.people import actor_for

FAILED = "sign_in.failed"
REFUSED = "act.refused"
LONGEST_REASON = 300
"""Characters of a refusal's reason that its entry keeps."""

WINDOW = timedelta(minutes=10)
MOST_BY_ADDRESS = 10
"""Failed sign-ins under one name from one address in the window, before the next is refused."""
MOST_BY_NAME = 50
"""The same from all addresses together."""
REFUSED_AGAIN = timedelta(minutes=10)
"""The same person repeating a refused act within this time counts once."""


@dataclass(frozen=True)
class Caller:
    """Who tries to sign in, as far as it can be told: the name typed and the network address."""

    name: str
    address: str

    @property
    def name_digest(self) -> str:
        """Stands for the name in entries."""
        return _digest("name", self.name.strip().casefold())

    @property
    def address_digest(self) -> str:
        """Stands for the address in entries."""
        return _digest("address", self.address)


def _digest(what: str, text: str) -> str:
    key = settings.SECRET_KEY.encode()
    return f"{what}:{hmac.new(key, f'{what}:{text}'.encode(), hashlib.sha256).hexdigest()[:20]}"


def check_limit(caller: Caller) -> None:
    """Raise NotAllowed when too many sign-ins failed lately under this name."""
    since = timezone.now() - WINDOW
    failed = Entry.objects.filter(
        subject_id=caller.name_digest, kind=FAILED, recorded_at__gte=since
    )
    here = failed.filter(actor_id=caller.address_digest).count()
    if here >= MOST_BY_ADDRESS or failed.count() >= MOST_BY_NAME:
        minutes = int(WINDOW.total_seconds() // 60)
        raise NotAllowed(f"Too many failed sign-ins. Wait {minutes} minutes and try again.")


def note_failed_sign_in(caller: Caller) -> str:
    """Record a failed sign-in at once, whatever becomes of the request; returns the entry's id."""
    name = caller.name.replace("\x00", "")
    person = Person.objects.filter(username=name).first()
    return ledger.append_autonomous(
        Draft(
            kind=FAILED,
            actor=Actor("person", caller.address_digest),
            subject_kind="sign_in",
            subject_id=caller.name_digest,
            scope=_home(person),
            data={"person": str(person.pk)} if person else {},
        )
    )


def note_sign_in(*, person: Person, caller: Caller) -> None:
    """Record that a person signed in."""
    with ledger.transaction():
        data = {"address": caller.address_digest}
        ledger.append(_about(person, "person.signed_in", data=data))


def note_sign_out(*, person: Person) -> None:
    """Record that a person signed out."""
    with ledger.transaction():
        ledger.append(_about(person, "person.signed_out"))


def note_reading(*, person: Person, query: str, found: int) -> bool:
    """Record that a person read the ledger; the same query within ten minutes counts once.

    `query` is what they asked for; it goes to the payload store. Returns whether it was recorded.
    """
    subject = _digest("query", query)
    return record_reading(actor_for(person), subject, query, found, _only_home(person))


def note_refusal(*, person: Person, act: str, reason: str) -> str:
    """Record at once that a person was not let do something; returns the entry's id.

    What they tried was rolled back or never begun, so this is written apart from it. The same act
    refused again within ten minutes counts once; then nothing is written and the id is empty.
    """
    lately = Entry.objects.filter(
        subject_id=act,
        kind=REFUSED,
        actor_id=str(person.pk),
        recorded_at__gte=timezone.now() - REFUSED_AGAIN,
    )
    if lately.exists():
        return ""
    draft = _about(person, REFUSED, subject=("act", act), data={"reason": reason[:LONGEST_REASON]})
    return ledger.append_autonomous(replace(draft, outcome="deny"))


def _about(
    person: Person,
    kind: str,
    *,
    subject: tuple[str, str] = ("", ""),
    data: dict[str, Any] | None = None,
) -> Draft:
    subject_kind, subject_id = subject if subject[0] else ("person", str(person.pk))
    return Draft(
        kind=kind,
        actor=actor_for(person),
        subject_kind=subject_kind,
        subject_id=subject_id,
        scope=_home(person),
        data=data or {},
    )


def _only_home(person: Person) -> str:
    """The one unit a person reads; what a reader of several looks for is for none of them alone."""
    homes = scopes_for(person, *READING)
    return homes[0] if len(homes) == 1 else ""


def _home(person: Person | None) -> str:
    """Where the ledger files what a person did to no unit in particular: their first unit."""
    homes = scopes_for(person, *READING) if person else []
    return homes[0] if homes else ""
