"""What can go wrong with the ledger, each with a sentence for whoever meets it; pure."""

from __future__ import annotations


class LedgerError(Exception):
    """The ledger refused."""


class OutsideTransaction(LedgerError):
    """An entry belongs to an act: open `ledger.transaction()` first."""

    def __init__(self) -> None:
        super().__init__("entries and payloads are written inside ledger.transaction() only")


class ProfileViolation(LedgerError, ValueError):
    """A value outside the canonical profile; says where and why."""


class PayloadMissing(LedgerError, LookupError):
    """No payload has this digest."""


class PayloadAltered(LedgerError):
    """A stored payload no longer has the digest it is known by."""
