"""The page of exports: formats with their sizes, what to take, and who took what before. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from audit.sizes import BUNDLE, Estimate
from console.presenters.ledger import address as ledger_address
from console.queries.exports import Past
from orchestration.models import Goal

UNVERIFIED = "UNVERIFIED-"


@dataclass(frozen=True)
class Format:
    """A format as people choose it."""

    name: str
    label: str
    icon: str
    text: str
    suffix: str


FORMATS = (
    Format(
        BUNDLE,
        "Evidence bundle",
        "file-archive",
        "Entries, payloads, proofs, checkpoint with cosignatures, a verifier, and a page that"
        " checks it in any browser",
        "zip",
    ),
    Format(
        "aat",
        "Agent Audit Trail, levels by name",
        "file-code",
        "Draft profile that writes trust levels as L0 to L4",
        "aat.jsonl",
    ),
    Format(
        "aat-numeric",
        "Agent Audit Trail, levels as integers",
        "file-code",
        "Draft profile that writes trust levels as 0 to 4",
        "aat-numeric.jsonl",
    ),
    Format("cloudevents", "CloudEvents", "radio", "One JSON event an entry", "cloudevents.jsonl"),
    Format("ocsf", "OCSF", "shield-check", "API Activity, for a security data lake", "ocsf.jsonl"),
    Format("csv", "CSV", "file-text", "One row an entry, for a spreadsheet", "csv"),
)
ACCESS_REPORT = Format("access-report", "Access report", "users", "Who could, and who did", "csv")
CONTROLS = Format("controls", "Controls", "list", "Frameworks and what answers them", "csv")
BY_NAME: Mapping[str, Format] = {one.name: one for one in (*FORMATS, ACCESS_REPORT, CONTROLS)}


def formats(estimate: Estimate) -> list[dict[str, Any]]:
    """The formats with the size that an export would have."""
    return [
        {
            "name": one.name,
            "label": one.label,
            "icon": one.icon,
            "text": one.text,
            "size": estimate.sizes[one.name],
        }
        for one in FORMATS
    ]


def file_name(form: str, now: datetime, *, unverified: bool) -> str:
    """What the file is called; one from a ledger that does not verify says so first."""
    mark = UNVERIFIED if unverified else ""
    return f"{mark}signalbox-{now:%Y%m%d-%H%M%S}.{BY_NAME[form].suffix}"


def goals(found: Sequence[Goal], chosen: str) -> list[dict[str, Any]]:
    """Goals to choose from; the mark says whether an export of one can claim to be complete."""
    return [
        {
            "id": str(one.pk),
            "label": one.title if one.closed_at else f"{one.title} (not closed)",
            "chosen": str(one.pk) == chosen,
        }
        for one in found
    ]


def history(found: Sequence[Past]) -> list[dict[str, Any]]:
    """Exports that were taken, newest first."""
    return [_past(one) for one in found]


def _past(one: Past) -> dict[str, Any]:
    from audit import reading

    data = reading.body(one.entry).get("data", {})
    form = str(data.get("form", BUNDLE))
    return {
        "at": one.entry.recorded_at,
        "who": one.who,
        "form": BY_NAME[form].label if form in BY_NAME else form,
        "query": one.query or "everything",
        "entries": data.get("entries", 0),
        "verified": data.get("verified", True),
        "url": ledger_address(sel=one.entry.entry_id),
        "again": f"{reverse('exports')}?{urlencode({'q': one.query})}" if one.query else "",
    }


def claim(*, goal_closed: bool | None, everything: bool) -> str:
    """What an evidence bundle of this choice proves, in a sentence."""
    if everything:
        return "All entries up to the newest checkpoint: that none is missing is proven as well."
    if goal_closed:
        return (
            "One goal that is closed: its closing entry states the number and range of its"
            " entries, so that none can be left out."
        )
    if goal_closed is False:
        return "One goal that is not closed yet: nothing states how many entries it has."
    return "A selection: it proves that each entry is in the ledger, not that none was left out."
