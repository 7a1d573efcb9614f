"""Who may ask for which address: one row for each name in console.urls. Pure.

`console.middleware` refuses an address without a row, and a test walks all addresses. A row opens
the door only: which rows of the database a person sees there is decided in the queries of
`orchestration.access`, and what they may do there by the operations.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from enum import Enum

from orchestration.vocabulary import Role


class Door(Enum):
    """Doors that no role opens: for everybody, or for whoever has signed in."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"


Who = Door | frozenset[Role]

EVERYBODY: Who = frozenset(Role)
READERS: Who = frozenset(Role) - {Role.AUDITOR}
OPERATORS: Who = frozenset({Role.OPERATOR, Role.ADMIN})
REVIEWERS: Who = frozenset({Role.REVIEWER, Role.ADMIN})
ADMINS: Who = frozenset({Role.ADMIN})
AUDITORS: Who = frozenset({Role.REVIEWER, Role.ADMIN, Role.AUDITOR})
JUDGES: Who = frozenset({Role.REVIEWER})
DECIDERS: Who = frozenset(Role) - {Role.VIEWER, Role.AUDITOR}

ACCESS: Mapping[str, Who] = {
    "health": Door.ANYONE,
    "login": Door.ANYONE,
    "logout": Door.SIGNED_IN,
    "approvals": READERS,
    "approval-answer": DECIDERS,
    "oversight": READERS,
    "channels": READERS,
    "channel": READERS,
    "channel-add": READERS,
    "channel-change": READERS,
    "channel-act": READERS,
    "anomalies": READERS,
    "finding": READERS,
    "finding-act": OPERATORS,
    "parked": READERS,
    "parked-act": OPERATORS,
    "agents": READERS,
    "agent": READERS,
    "agent-act": OPERATORS,
    "policies": READERS,
    "policy": READERS,
    "policy-export": READERS,
    "policy-versions": READERS,
    "drafts": READERS,
    "draft": READERS,
    "draft-export": READERS,
    "draft-new": ADMINS,
    "draft-save": ADMINS,
    "draft-check": ADMINS,
    "draft-act": REVIEWERS,
    "bundles": READERS,
    "bundle": READERS,
    "bundle-choose": READERS,
    "bundle-compare": READERS,
    "bundle-export": READERS,
    "bundle-restore": ADMINS,
    "packs": READERS,
    "pack": READERS,
    "pack-install": ADMINS,
    "principles": READERS,
    "replays": READERS,
    "replay": READERS,
    "replay-start": REVIEWERS,
    "replay-active": REVIEWERS,
    "replay-cancel": REVIEWERS,
    "coverage": READERS,
    "shadow": READERS,
    "playground": READERS,
    "ledger": EVERYBODY,
    "ledger-newer": EVERYBODY,
    "ledger-suggest": EVERYBODY,
    "view-save": EVERYBODY,
    "view": EVERYBODY,
    "reconstruct": EVERYBODY,
    "entry-evidence": EVERYBODY,
    "entry-proof": EVERYBODY,
    "entry-receipt": EVERYBODY,
    "verify": AUDITORS,
    "verify-start": REVIEWERS,
    "verify-cancel": REVIEWERS,
    "exports": AUDITORS,
    "export-take": AUDITORS,
    "export-verifier": AUDITORS,
    "reviews": AUDITORS,
    "sample-draw": JUDGES,
    "sample": AUDITORS,
    "review": AUDITORS,
    "review-judge": JUDGES,
    "review-remark": JUDGES,
    "access-report": AUDITORS,
    "access-report-take": AUDITORS,
    "auditors": ADMINS,
    "auditor-admit": ADMINS,
    "auditor-act": ADMINS,
    "controls": AUDITORS,
    "controls-take": AUDITORS,
    "palette": READERS,
    "home": EVERYBODY,
    "overview": READERS,
    "flows": READERS,
    "flow": EVERYBODY,
    "decision": EVERYBODY,
    "task": READERS,
    "goal-new": OPERATORS,
    "goal-start": OPERATORS,
    "goal-event": OPERATORS,
    "goal-act": OPERATORS,
    "halts": READERS,
    "halt-order": OPERATORS,
    "halt-release": OPERATORS,
}


def may_enter(who: Who | None, *, signed_in: bool, roles: Set[str]) -> bool:
    """Whether somebody holding these roles may pass; an address without a row lets nobody in."""
    if who is None:
        return False
    if isinstance(who, Door):
        return signed_in or who is Door.ANYONE
    return signed_in and bool({role.value for role in who} & roles)
