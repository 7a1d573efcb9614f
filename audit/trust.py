"""Which keys a reader may believe, starting from the one the reader brought; pure.

A key found beside the ledger proves nothing. It is believed only if a believed key endorsed it.
"""

from __future__ import annotations

from collections.abc import Iterable

from audit.ed25519 import is_signed
from audit.notes import BadNote, Check, Note, VerifierKey, parse_note, signed_by

ENDORSEMENT = "signalbox ledger key\n"
"""How a text begins by which a key vouches for its successor."""


def endorsement_text(successor: VerifierKey) -> str:
    """What a key signs to vouch for the next one."""
    return f"{ENDORSEMENT}{successor}\n"


def believed(
    key: VerifierKey, known: Iterable[tuple[VerifierKey, str | None]], check: Check = is_signed
) -> list[VerifierKey]:
    """The reader's key and those that it, directly or in turn, vouched for."""
    trusted = [key]
    for successor, endorsement in known:
        if (
            successor not in trusted
            and endorsement
            and _vouched(successor, endorsement, trusted, check)
        ):
            trusted.append(successor)
    return trusted


def _vouched(
    successor: VerifierKey, endorsement: str, trusted: list[VerifierKey], check: Check
) -> bool:
    try:
        note = parse_note(endorsement)
    except BadNote:
        return False
    fits = note.text == endorsement_text(successor)
    return fits and signed_by_any(note, trusted, check)


def signed_by_any(note: Note, keys: Iterable[VerifierKey], check: Check = is_signed) -> bool:
    """Whether one of the keys signed the note."""
    return any(signed_by(note, key, check) for key in keys)
