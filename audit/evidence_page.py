"""The page in an evidence bundle: what it is in plain words, and a check that runs in the browser.

One file with its own style and script, allowed to run those two and to reach no network. Made from
the sources in `audit/browser`, so that bundles need no console. Pure.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import orjson

SCRIPTS = ("sha256", "archive", "notes", "merkle", "checking", "story", "page")
"""Parts of the script, in the order in which they need each other."""

TOLD = 300
"""Entries that the page itself tells of, before the bundle is chosen and checked."""

_HERE = Path(__file__).parent / "browser"

TITLE = "Evidence from a Signalbox ledger"
LEAD = (
    "A copy of entries from the register in which AI agents, the rules they work under and the"
    " people responsible for them are recorded, with what is needed to check that nothing in it"
    " was changed afterwards."
)
SHOWS_WHOLE = (
    "that nothing is missing: the bundle holds every entry up to the checkpoint, and together they"
    " lead to the signed root"
)
SHOWS_GOAL = (
    "that the goal is complete: the entry that closes a goal states how many entries the goal had,"
    " and they are counted here"
)
SHOWS_SELECTION = (
    "not that nothing is missing: this is a selection, and entries that were not selected may exist"
)
SHOWS_ANY = "whether anything can be missing: that depends on the bundle, and the check says so"


@dataclass(frozen=True)
class About:
    """What the exporter says of a bundle. Stated, not proven; the page says so.

    Attributes:
        by: who exported, in words. asked: the search, in words.
        names: what people and agents are called, by their id in the ledger.
        warning: what is wrong with the ledger at the time of export; empty if it verifies.
    """

    by: str = ""
    asked: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    warning: str = ""


@dataclass(frozen=True)
class Contents:
    """What a bundle holds, as its page tells.

    Attributes:
        made_at: when, ISO 8601. complete: the whole ledger. goal: id, if it is of one goal.
        period: times of the first and the last entry. told: its first entries, as in its file.
    """

    made_at: str
    entries: int
    payloads: int
    checkpoint: str
    complete: bool
    goal: str
    period: tuple[str, str]
    told: Sequence[Mapping[str, Any]]


def bundle_page(about: About, contents: Contents) -> str:
    """The page that travels in a bundle."""
    shows = SHOWS_SELECTION
    if contents.complete:
        shows = SHOWS_WHOLE
    elif contents.goal:
        shows = SHOWS_GOAL
    return _page(
        facts=_facts(about, contents),
        shows_complete=shows,
        warning=_warning(about.warning),
        given={"names": dict(about.names), "entries": list(contents.told)},
    )


def verifier_page() -> str:
    """The same page about no bundle in particular: for readers who want a copy of their own."""
    facts = "<p>A page that checks evidence bundles. Keep it beside the ledger's public key.</p>"
    return _page(facts=facts, shows_complete=SHOWS_ANY, warning="", given={})


def _page(*, facts: str, shows_complete: str, warning: str, given: Mapping[str, Any]) -> str:
    style, script = _style(), _script()
    data = orjson.dumps(given).decode().replace("<", "\\u003c")
    return Template((_HERE / "page.html").read_text()).substitute(
        title=TITLE,
        lead=LEAD,
        warning=warning,
        facts=facts,
        shows_complete=shows_complete,
        given=data,
        style=style,
        script=script,
        style_hash=_allowed(style),
        script_hash=_allowed(script),
        footer="Format signalbox-evidence/1. Proofs as in RFC 6962, notes as in c2sp.org.",
    )


def _warning(text: str) -> str:
    if not text:
        return ""
    told = html.escape(text)
    return f'<p class="warn">When this was exported the ledger did not verify: {told}</p>'


def _facts(about: About, contents: Contents) -> str:
    first, last = contents.period
    holds = f"{contents.entries:,} entries and {contents.payloads:,} payloads"
    scope = "everything up to the checkpoint" if contents.complete else about.asked or "a selection"
    rows = {
        "Holds": holds,
        "Of": f"the goal {contents.goal}" if contents.goal else scope,
        "From": f"{first} to {last}",
        "Exported": f"{contents.made_at}{f' by {about.by}' if about.by else ''}",
    }
    said = "".join(f"<dt>{name}</dt><dd>{html.escape(text)}</dd>" for name, text in rows.items())
    note = html.escape(contents.checkpoint)
    reachable = 'tabindex="0" role="region" aria-label="Checkpoint"'
    return f"<dl>{said}</dl><h4>The checkpoint</h4><pre {reachable}>{note}</pre>"


@cache
def _style() -> str:
    return (_HERE / "page.css").read_text()


@cache
def _script() -> str:
    parts = [(_HERE / f"{part}.js").read_text() for part in SCRIPTS]
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"


def _allowed(text: str) -> str:
    """A text as a content security policy allows it: by its hash."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
