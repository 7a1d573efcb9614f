"""Notification channels as one person may see them."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import Http404

from orchestration.access.roles import READING, scopes_for
from orchestration.access.rows import units_for
from orchestration.models import Channel, Delivery, Person
from orchestration.models.base import within
from orchestration.vocabulary import ChannelState, Role

A_PAGE = 50


def channels(person: Person) -> QuerySet[Channel]:
    """The person's own channels, and those of units whose admin they are."""
    governed = within(scopes_for(person, Role.ADMIN))
    readable = within(scopes_for(person, *READING))
    mine = Q(person=person) & readable
    rows = Channel.objects.filter(mine | (Q(person__isnull=True) & governed))
    return rows.exclude(state=ChannelState.REMOVED).order_by("label", "pk")


def channel_of(person: Person, key: UUID) -> Channel:
    """One of them, or 404."""
    found = channels(person).filter(pk=key).first()
    if found is None:
        raise Http404("there is no such channel of yours")
    return found


def units(person: Person) -> list[str]:
    """Paths of the units whose news the person may be told."""
    return list(units_for(person).order_by("scope").values_list("scope", flat=True))


def governed(person: Person) -> list[str]:
    """Paths of the units that may get channels of their own from this person."""
    return scopes_for(person, Role.ADMIN)


def sent_through(channel: Channel, number: str | None) -> Page[Delivery]:
    """What went through a channel or waits to, newest first."""
    return Paginator(channel.deliveries.order_by("-created_at", "-pk"), A_PAGE).get_page(number)
