"""What is said to one page about news: its person's rows only, read anew and rendered for them.

Everything here is read through `orchestration.access` for the person who is signed in at that
moment, and nothing is kept for another page.
"""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from audit.following import News, UnknownPosition, read_since
from audit.reading import is_visible
from console.live.flows import FlowMemory
from console.live.pending import Pending
from console.live.topics import TOPICS, Topic
from console.live.visits import Visit
from console.presenters import shell as frame
from console.queries import shell as counted
from console.shell import seal_for, sees
from orchestration.access.roles import all_roles, ledger_scopes
from orchestration.models import Person

MOST_ROWS = 50
"""Rows sent at once; of the others only the number is said."""

COUNTED = frozenset({"approval", "task", "agent", "halt", "finding"})
"""Subjects that the counts of the navigation are about."""

Message = dict[str, Any]


class SignedOut(Exception):
    """Nobody is signed in with the connection's session any more."""


class Composer:
    """Makes the messages of one connection. Used by one thread at a time."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._topics = [TOPICS[name] for name in visit.asked.topics]
        goal = visit.asked.goal
        self._flow = FlowMemory(goal) if goal else None
        self._counts: dict[str, int] = {}

    def admit(self) -> list[str]:
        """The units whose news the person may hear of.

        Raises:
            SignedOut: nobody is signed in, or somebody without any role.
        """
        return self._who()[1]

    def missed(self) -> Pending:
        """What was committed between the making of the page and now."""
        pending = Pending(sealed=True)
        try:
            reading = read_since(self._visit.asked.since)
        except UnknownPosition:
            pending.add([], complete=False)
        else:
            pending.add(reading.news, complete=reading.complete)
        return pending

    def compose(self, pending: Pending) -> Message:
        """The message for news; raises SignedOut."""
        person, scopes = self._who()
        news = [item for item in pending.news if may_hear(item, scopes)]
        changed = [t.name for t in self._topics if pending.flooded or self._concerns(t, news)]
        rows, left_out = ([], {}) if pending.flooded else _rows(person, self._topics, news)
        changed += [name for name in left_out if name not in changed]
        message: Message = {"at": timezone.now().isoformat()}
        if changed:
            message["changed"] = changed
        if pending.sealed and any(topic.name == "ledger" for topic in self._topics):
            message["sealed"] = True
        if left_out:
            message["more"] = sum(left_out.values())
        if self._flow and "flow" in changed:
            message["flow"] = self._flow.difference(person)
        if parts := [*rows, *self._frame(person, pending, news)]:
            message["content"] = "".join(parts)
        return message

    def _who(self) -> tuple[Person, list[str]]:
        person = self._visit.person()
        scopes = ledger_scopes(person) if person else []
        if person is None or not scopes:
            raise SignedOut
        return person, scopes

    def _concerns(self, topic: Topic, news: list[News]) -> bool:
        if topic.name == "flow":
            news = [item for item in news if item.goal == self._visit.asked.goal]
        return any(topic.concerns(item) for item in news)

    def _frame(self, person: Person, pending: Pending, news: list[News]) -> list[str]:
        """The counts of the navigation that are no longer what was sent, and the seal."""
        parts = []
        if pending.flooded or any(item.subject_kind in COUNTED for item in news):
            parts += self._changed_counts(person)
        if pending.sealed:
            seal = seal_for(all_roles(person))
            parts.append(_partial("seal", "components/seal.html", seal=seal))
            if any(topic.name == "ledger" for topic in self._topics):
                parts.append(_partial("audit-banner", "components/audit_banner.html", seal=seal))
        return parts

    def _changed_counts(self, person: Person) -> list[str]:
        may_see = sees(all_roles(person))
        now = {name: count for name, count in counted.counts(person).items() if may_see(name)}
        sections = [s for s in (*frame.OPERATE, *frame.GOVERN) if s.name in now]
        changed = [s for s in sections if self._counts.get(s.name) != now[s.name]]
        self._counts = now
        return [_count(section, now[section.name]) for section in changed]


def may_hear(news: News, scopes: list[str]) -> bool:
    """Whether who reads the ledger of these units may hear of an entry."""
    return is_visible(scopes, news.scope, news.subject_kind)


def _rows(
    person: Person, topics: list[Topic], news: list[News]
) -> tuple[list[str], dict[str, int]]:
    """Changed rows as partials, and by topic how many more there were than are sent."""
    parts: list[str] = []
    left_out: dict[str, int] = {}
    may_see = sees(all_roles(person))
    for topic in topics:
        if topic.rows is None or not may_see(topic.name):
            continue
        ids = list(dict.fromkeys(filter(None, map(topic.rows.of, news))))
        kept = ids[: MOST_ROWS - len(parts)]
        if len(ids) > len(kept):
            left_out[topic.name] = len(ids) - len(kept)
        for element, context in topic.rows.fetch(person, kept) if kept else []:
            parts.append(_partial(element, topic.rows.template, **context))
    return parts, left_out


def _count(section: frame.Section, count: int) -> str:
    item = frame.entry(section, "", count)
    return _partial(f"count-{section.name}", "components/nav_count.html", item=item)


def _partial(element: str, template: str, **context: Any) -> str:
    html = render_to_string(template, context).strip()
    return f'<hx-partial id="{element}" hx-swap="outerMorph">{html}</hx-partial>'
