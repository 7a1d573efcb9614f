"""The frame around every page: navigation, the ledger's seal and who is signed in. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.presenters import formats
from orchestration.vocabulary import Role

"""A checkpoint older than this, with entries waiting, is told as late."""

LANDING: tuple[tuple[Role, str], ...] = (
    (Role.OPERATOR, "overview"),
    (Role.ADMIN, "overview"),
    (Role.APPROVER, "overview"),
    (Role.REVIEWER, "ledger"),
    (Role.AUDITOR, "ledger"),
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
    Section("anomalies", "Anomalies", "activity", "m", count_label="standing", tone="deny"),
    Section("parked", "Parked work", "square-parking", "w", count_label="parked", tone="deny"),
    Section("agents", "Agents", "bot", "n", count_label="agents"),
)
GOVERN = (
    Section("policies", "Policies", "file-code", "p"),
    Section("ledger", "Audit log", "scroll-text", "u", "Audit"),
    Section("halts", "Halts", "octagon-x", "h", count_label="standing", tone="deny"),
    Section("channels", "Notifications", "bell", "e"),
)
AUDIT = (
    ("ledger", "Explorer", "scroll-text"),
    ("reconstruct", "Reconstruct", "history"),
    ("verify", "Verify", "fingerprint"),
    ("exports", "Exports", "download"),
    ("reviews", "Review", "clipboard-list"),
    ("access-report", "Access", "users"),
    ("auditors", "Auditors", "user-check"),
    ("controls", "Controls", "list"),
)
"""The pages of the audit section: name of the address, label and icon."""
POLICIES = (
    ("policies", "In force", "file-code"),
    ("drafts", "Drafts", "square-pen"),
    ("bundles", "Bundles", "layers"),
    ("replays", "Replays", "history"),
    ("shadow", "Shadow", "eye"),
    ("coverage", "Coverage", "target"),
    ("playground", "Playground", "play"),
    ("packs", "Packs", "package"),
    ("principles", "Principles", "book-open"),
)
"""The pages of the policies section, likewise."""
NAVIGATION = (("Operate", OPERATE), ("Govern", GOVERN))


@dataclass(frozen=True)
class Seal:
    """What is known of the ledger: its colour, why, and what is sealed since when."""

    colour: str
    summary: str
    size: int
    made_at: datetime | None
    pending: int


SEALS = {
    "green": ("allow", "fingerprint"),
    "amber": ("hold", "fingerprint"),
    "red": ("deny", "octagon-x"),
}
"""Tone and icon of the seal by its colour."""


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


def section_tabs(
    pages: Iterable[tuple[str, str, str]],
    address: Callable[[str], str],
    may_see: Callable[[str], bool],
) -> list[dict[str, str]]:
    """The pages of a section, such as AUDIT or POLICIES, that the person may see."""
    return [
        {"name": name, "label": label, "icon": icon, "url": address(name)}
        for name, label, icon in pages
        if may_see(name)
    ]


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
    """How the ledger stands, in two lines: what is wrong if anything is, and what is sealed."""
    tone, icon = SEALS[seal.colour]
    broken = seal.colour == "red"
    sealed = f"{formats.number(seal.size)} entries"
    if seal.made_at is not None:
        sealed += f", {formats.ago(seal.made_at, now)}"
    return {
        "tone": tone,
        "icon": icon,
        "why": seal.summary[:1].upper() + seal.summary[1:],
        "title": "Ledger needs a look" if broken else seal.summary[:1].upper() + seal.summary[1:],
        "text": f"{seal.summary}; {formats.number(seal.pending)} wait" if broken else sealed,
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
