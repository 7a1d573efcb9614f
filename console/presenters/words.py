"""What stored words look like on screens: label, tone and icon of each decision and state. Pure.

A tone is one of the six colour roles of the stylesheet (allow, hold, deny, flag, idle, accent). No
state is told by colour alone, so each carries an icon of the sprite as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """How one word is shown."""

    label: str
    tone: str
    icon: str


DECISIONS: Mapping[str, Look] = {
    "allow": Look("Allow", "allow", "circle-check"),
    "hold": Look("Hold", "hold", "clock"),
    "deny": Look("Deny", "deny", "circle-x"),
    "flag": Look("Flag", "flag", "flag"),
}

STATES: Mapping[str, Mapping[str, Look]] = {
    "goal": {
        "running": Look("Running", "allow", "circle-dot"),
        "paused": Look("Paused", "hold", "circle-pause"),
        "waiting": Look("Waiting for a person", "hold", "clock"),
        "completed": Look("Completed", "allow", "circle-check"),
        "failed": Look("Failed", "deny", "circle-x"),
        "cancelled": Look("Cancelled", "idle", "circle-minus"),
    },
    "task": {
        "pending": Look("Waits for others", "idle", "circle-dashed"),
        "ready": Look("Ready", "accent", "circle-dot"),
        "admitted": Look("Admitted", "accent", "circle-dot"),
        "running": Look("Running", "allow", "circle-play"),
        "waiting": Look("Waiting", "hold", "hourglass"),
        "parked": Look("Parked", "flag", "square-parking"),
        "done": Look("Done", "allow", "circle-check"),
        "failed": Look("Failed", "deny", "circle-x"),
        "cancelled": Look("Cancelled", "idle", "circle-minus"),
    },
    "attempt": {
        "running": Look("Running", "allow", "circle-play"),
        "suspended": Look("Suspended", "hold", "hourglass"),
        "done": Look("Done", "allow", "circle-check"),
        "failed": Look("Failed", "deny", "circle-x"),
        "lost": Look("Lost", "deny", "unplug"),
        "parked": Look("Parked", "flag", "square-parking"),
    },
    "step": {
        "held": Look("Held", "hold", "clock"),
        "denied": Look("Denied", "deny", "circle-x"),
        "dispatched": Look("Under way", "accent", "circle-play"),
        "done": Look("Done", "allow", "circle-check"),
        "failed": Look("Failed", "deny", "triangle-alert"),
        "unknown": Look("Outcome unknown", "flag", "circle-question-mark"),
        "cancelled": Look("Cancelled", "idle", "circle-minus"),
    },
    "approval": {
        "open": Look("Waiting", "hold", "clock"),
        "granted": Look("Approved", "allow", "circle-check"),
        "denied": Look("Denied", "deny", "circle-x"),
        "expired": Look("Expired", "deny", "alarm-clock"),
        "withdrawn": Look("Withdrawn", "idle", "circle-minus"),
        "consumed": Look("Approved and used", "allow", "badge-check"),
    },
    "agent": {
        "active": Look("Active", "allow", "circle-check"),
        "running": Look("Running", "allow", "circle-play"),
        "waiting": Look("Waiting", "hold", "clock"),
        "paused": Look("Paused", "hold", "circle-pause"),
        "quarantined": Look("Quarantined", "deny", "shield-x"),
        "retired": Look("Retired", "idle", "circle-minus"),
    },
    "bundle": {
        "active": Look("Active", "allow", "circle-check"),
        "superseded": Look("Superseded", "idle", "history"),
    },
    "draft": {
        "draft": Look("Draft", "idle", "square-pen"),
        "reviewed": Look("Reviewed", "hold", "user-check"),
        "published": Look("Published", "allow", "circle-check"),
        "withdrawn": Look("Withdrawn", "idle", "circle-minus"),
    },
    "replay": {
        "queued": Look("Waits for a worker", "idle", "hourglass"),
        "running": Look("Running", "accent", "circle-play"),
        "done": Look("Done", "allow", "circle-check"),
        "cancelled": Look("Cancelled", "idle", "circle-minus"),
        "failed": Look("Could not be carried out", "deny", "triangle-alert"),
    },
    "mode": {
        "enforce": Look("Enforced", "allow", "shield-check"),
        "shadow": Look("Shadow", "flag", "eye"),
    },
    "risk": {
        "low": Look("Low risk", "idle", "shield-check"),
        "medium": Look("Medium risk", "hold", "triangle-alert"),
        "high": Look("High risk", "deny", "shield-alert"),
    },
    "effect": {
        "read": Look("Read", "idle", "eye"),
        "write": Look("Write", "accent", "pencil"),
        "irreversible": Look("Can't be undone", "deny", "octagon-x"),
    },
    "parked": {
        "unknown": Look("Outcome unknown", "flag", "circle-question-mark"),
        "diverged": Look("Diverged", "flag", "git-compare"),
        "ownerless": Look("Ownerless", "hold", "user-round"),
        "crashing": Look("Crashing", "deny", "zap"),
        "escalated": Look("Escalated", "hold", "chevrons-up"),
        "looping": Look("In a loop", "deny", "refresh-cw"),
    },
    "finding": {
        "open": Look("Open", "deny", "circle-dot"),
        "acknowledged": Look("Taken", "accent", "user-check"),
        "muted": Look("Muted", "idle", "eye-off"),
        "resolved": Look("Resolved", "allow", "circle-check"),
    },
    "response": {
        "proposed": Look("Proposed", "hold", "clock"),
        "done": Look("Carried out", "allow", "circle-check"),
        "denied": Look("Denied by policy", "deny", "circle-x"),
        "dismissed": Look("Dismissed", "idle", "circle-minus"),
        "undone": Look("Undone", "idle", "undo-2"),
    },
    "severity": {
        "notice": Look("Notice", "idle", "info"),
        "low": Look("Low", "idle", "circle-alert"),
        "medium": Look("Medium", "hold", "triangle-alert"),
        "high": Look("High", "deny", "shield-alert"),
    },
    "health": {
        "sealed": Look("Sealed", "allow", "fingerprint"),
        "waits": Look("Not sealed yet", "idle", "circle-dashed"),
        "broken": Look("Fails verification", "deny", "octagon-x"),
    },
}


def decision_look(effect: str) -> Look:
    """The look of a decision; a word that is not a decision is shown as it is, uncoloured."""
    return DECISIONS.get(effect, Look(effect, "idle", "circle-minus"))


def state_look(kind: str, value: str) -> Look:
    """The look of a state of a kind of subject; an unlisted state is shown as it is, uncoloured."""
    return STATES.get(kind, {}).get(value, Look(value.capitalize(), "idle", "circle-dot"))
