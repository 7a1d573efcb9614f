"""The frame around every page: navigation, the ledger's seal and who is signed in. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from console.presenters import formats
from orchestration.vocabulary import Role

STALE = timedelta(seconds=30)
"""A checkpoint older than this, with entries waiting, is told as late."""

LANDING: tuple[tuple[Role, str], ...] = (
    (Role.OPERATOR, "overview"),
    (Role.ADMIN, "overview"),
    (Role.APPROVER, "overview"),
    (Role.REVIEWER, "ledger"),
    (Role.VIEWER, "overview"),
)
"""Where somebody begins: the first role they hold decides."""


@dataclass(frozen=True)
class Section:
    """An entry of the navigation; `name` is its address, `letter` its key after g."""

    name: str
    label: str
    icon: str
    letter: str
    short: str = ""
    count_label: str = ""
    tone: str = ""

    @property
    def on_phone(self) -> bool:
        """Whether it has a tab of its own on a phone."""
        return bool(self.short)


OPERATE = (
    Section("overview", "Overview", "layout-dashboard", "o", "Overview"),
    Section("flows", "Decision flows", "workflow", "f", "Flows"),
    Section("approvals", "Approvals", "inbox", "a", "Approvals", "waiting", "hold"),
    Section("parked", "Parked work", "square-parking", "w", count_label="parked", tone="deny"),
    Section("agents", "Agents", "bot", "n", count_label="agents"),
)
GOVERN = (
    Section("policies", "Policies", "file-code", "p"),
    Section("ledger", "Audit log", "scroll-text", "u", "Audit"),
    Section("halts", "Halts", "octagon-x", "h", count_label="standing", tone="deny"),
)
NAVIGATION = (("Operate", OPERATE), ("Govern", GOVERN))


@dataclass(frozen=True)
class Seal:
    """What is known of the ledger: entries sealed, when last, and entries not sealed yet."""

    size: int
    made_at: datetime | None
    pending: int
    more_pending: bool = False


def navigation(
    address: Callable[[str], str], may_see: Callable[[str], bool], counts: dict[str, int]
) -> list[dict[str, Any]]:
    """The groups of the navigation, without what the person may not see."""
    groups = [
        {
            "title": title,
            "entries": [
                entry(section, address(section.name), counts.get(section.name, 0))
                for section in sections
                if may_see(section.name)
            ],
        }
        for title, sections in NAVIGATION
    ]
    return [group for group in groups if group["entries"]]


def entry(section: Section, url: str, count: int) -> dict[str, Any]:
    """One entry of the navigation as templates read it; the live feed sends counts as these."""
    return {
        "key": section.name,
        "label": section.label,
        "short": section.short,
        "phone": section.on_phone,
        "icon": section.icon,
        "letter": section.letter,
        "url": url,
        "count": count,
        "count_label": section.count_label,
        "tone": section.tone,
    }


def seal_context(seal: Seal, now: datetime, url: str) -> dict[str, str]:
    """How the ledger stands, in two lines; amber when entries wait longer than they should."""
    waiting = f"{'over ' if seal.more_pending else ''}{formats.number(seal.pending)}"
    if seal.made_at is None:
        return {
            "tone": "hold",
            "icon": "circle-dashed",
            "title": "Ledger not sealed yet",
            "text": f"{waiting} entries pending",
            "url": url,
        }
    late = bool(seal.pending) and now - seal.made_at > STALE
    return {
        "tone": "hold" if late else "allow",
        "icon": "circle-dashed" if late else "fingerprint",
        "title": "Sealing is late" if late else "Ledger sealed",
        "text": f"{waiting} entries pending"
        if late
        else f"{formats.number(seal.size)} entries, {formats.ago(seal.made_at, now)}",
        "url": url,
    }


def initials(name: str) -> str:
    """The first letters of the first and the last word of a name."""
    words = name.split()
    return "".join(word[0] for word in dict.fromkeys([*words[:1], *words[-1:]])).upper()


def landing(roles: Collection[str]) -> str:
    """The name of the address where somebody with these roles begins."""
    return next((name for role, name in LANDING if role.value in roles), "overview")


def role_label(roles: Collection[str]) -> str:
    """The role shown beside a name: the first one held in the order of landing pages."""
    return next((role.value.capitalize() for role, _ in LANDING if role.value in roles), "No role")
