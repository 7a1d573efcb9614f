"""Verifications of the ledger in words: how it stands, how far a run is, what it found. Pure."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.presenters import formats
from console.presenters.charts import share

if TYPE_CHECKING:
    from audit.witness_state import WitnessState
    from console.queries.verifying import Head, Standing
    from orchestration.models import Verification

LOOKS = {
    "queued": ("Waits for a worker", "idle", "hourglass"),
    "running": ("Running", "accent", "circle-play"),
    "sound": ("Sound", "allow", "badge-check"),
    "unsound": ("Fails verification", "deny", "octagon-x"),
    "cancelled": ("Cancelled", "idle", "circle-minus"),
    "failed": ("Could not be carried out", "hold", "triangle-alert"),
}
"""Label, tone and icon of each state of a verification."""

SEALS = {"green": "allow", "amber": "hold", "red": "deny"}
CHECKED = (
    ("entries", "entry", "entries", "every column equals its canonical body"),
    ("size", "leaf", "leaves", "each body gives its leaf hash, and no place is empty"),
    ("tiles", "tile", "tiles", "each stored tile is the one the leaves give"),
    (
        "checkpoints",
        "checkpoint",
        "checkpoints",
        "each is signed by the log's key, and its root is the one derived anew",
    ),
    ("payloads", "payload", "payloads", "each equals its salted digest, and none is missing"),
    ("pending", "entry not sealed yet", "entries not sealed yet", "none is overdue"),
)
"""What a report counts, in words, and what was checked of it."""

MOST_FAULTS = 50
HIDDEN = "an entry outside your units is not as it was written"


def facts(standing: Standing, now: datetime) -> list[dict[str, Any]]:
    """How the ledger stands now, as a strip of facts."""
    seal, lag = standing.seal, standing.lag
    found: list[dict[str, Any]] = [
        {"label": "Sealed entries", "text": formats.number(seal.size)},
        {
            "label": "Newest checkpoint",
            "text": formats.ago(seal.sealed_at, now) if seal.sealed_at else "none yet",
        },
        {"label": "Waiting", "text": _waiting(seal.pending, seal.oldest, now)},
    ]
    if lag is not None:
        note = f"p99 {formats.duration(lag.p99_s)} over {formats.number(lag.entries)} entries"
        text = f"median {formats.duration(lag.median_s)}"
        found.append({"label": "Seal lag", "text": text, "note": note})
    witnessed = "nothing" if seal.witnessed is None else formats.number(seal.witnessed)
    found.append({"label": "Witnessed up to", "text": witnessed, "note": seal.quorum})
    return found


def _waiting(pending: int, oldest: datetime | None, now: datetime) -> str:
    if not pending or oldest is None:
        return "none"
    return f"{formats.number(pending)}, oldest {formats.duration(max(now - oldest, now - now))}"


def tone(colour: str) -> str:
    """The tone of the seal's colour."""
    return SEALS[colour]


def witness(state: WitnessState) -> dict[str, Any]:
    """One witness: what it signed last, and what it says now."""
    if state.objects:
        look = ("deny", "octagon-x", "Objects")
    elif state.away:
        look = ("hold", "unplug", "Does not answer")
    elif state.size is None:
        look = ("idle", "circle-dashed", "Has signed nothing yet")
    else:
        look = ("allow", "badge-check", "Agrees")
    return {
        "name": state.name,
        "url": state.url,
        "tone": look[0],
        "icon": look[1],
        "label": look[2],
        "size": state.size,
        "at": state.cosigned_at,
        "problem": state.problem,
        "local": state.local,
    }


def checkpoint(head: Head) -> dict[str, Any]:
    """One checkpoint as a row, with its note to copy."""
    return {
        "size": head.stored.size,
        "at": head.stored.made_at,
        "root": base64.b64encode(head.stored.root).decode(),
        "note": head.stored.note,
        "signer": head.note.signatures[0].name if head.note else "",
        "witnesses": ", ".join(head.witnesses),
        "broken": head.note is None,
    }


def run(one: Verification, now: datetime, address: str) -> dict[str, Any]:
    """One verification as a row of the history and as the head of its report."""
    label, colour, icon = LOOKS[one.state]
    began = one.started_at or one.created_at
    part = share(one.done, one.total)
    return {
        "id": str(one.pk),
        "label": label,
        "tone": colour,
        "icon": icon,
        "state": one.state,
        "by": str(one.requested_by),
        "at": one.created_at,
        "took": formats.duration((one.ended_at or now) - began) if one.started_at else "",
        "size": one.size,
        "done": one.done,
        "total": one.total,
        "percent": round(100 * part),
        "left": _left(one, part, now),
        "under_way": one.state in ("queued", "running"),
        "result": _result(one),
        "error": one.error,
        "url": address,
    }


def _left(one: Verification, part: float, now: datetime) -> str:
    """About how long it still takes, once that can be told."""
    if one.started_at is None or part <= 0:
        return ""
    passed = (now - one.started_at).total_seconds()
    return formats.duration(int(passed * (1 - part) / part))


def _result(one: Verification) -> str:
    if one.state == "sound":
        return f"{formats.number(one.size)} entries, nothing wrong"
    if one.state != "unsound":
        return ""
    place = f"first at leaf {formats.number(one.first_index)}" if one.first_index >= 0 else ""
    count = f"{one.faults} {'fault' if one.faults == 1 else 'faults'}"
    return ", ".join(part for part in (count, place) if part)


def report(
    found: Mapping[str, Any], seen: Collection[str], link: Callable[[str], str]
) -> dict[str, Any]:
    """What a verification checked and found; faults of entries that may not be seen are veiled."""
    faults = [_fault(one, seen, link) for one in found.get("faults", [])]
    first = found.get("first")
    return {
        "sound": bool(found.get("sound")),
        "checked": [
            {
                "count": formats.number(int(found.get(name, 0))),
                "noun": one if found.get(name, 0) == 1 else many,
                "text": text if found.get("sound") else f"whether {text}",
            }
            for name, one, many, text in CHECKED
        ],
        "first": _fault(first, seen, link) if first else None,
        "faults": faults[:MOST_FAULTS],
        "more": max(0, len(faults) - MOST_FAULTS),
        "notes": found.get("notes", []),
    }


def _fault(
    fault: Mapping[str, Any], seen: Collection[str], link: Callable[[str], str]
) -> dict[str, Any]:
    entry, index = str(fault["entry"]), int(fault["index"])
    visible = not entry or entry in seen
    return {
        "place": f"Leaf {formats.number(index)}" if index >= 0 else "Outside the tree",
        "entry": entry if visible else "",
        "url": link(entry) if entry and visible else "",
        "reason": fault["reason"] if visible else HIDDEN,
    }


def alarm(one: Verification | None) -> str:
    """What the seal says of the newest result; empty when it is sound or there is none."""
    if one is None or one.state != "unsound":
        return ""
    place = f" at leaf {formats.number(one.first_index)}" if one.first_index >= 0 else ""
    return f"the ledger fails verification{place}"


def rows(found: Sequence[Verification], now: datetime, address: Callable[[str], str]) -> list[Any]:
    """The history of verifications."""
    return [run(one, now, address(str(one.pk))) for one in found]
