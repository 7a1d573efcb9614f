"""The log's own key: made at the first start, found again, and replaced by a new one.

The folder holds one file a key. The database knows the public halves; the newest signs.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from django.conf import settings
from django.db import connection

from audit import keys, ledger
from audit.checkpoints import known_keys, newest
from audit.entries import Actor, Draft
from audit.keys import KeyUnavailable, SigningKey
from audit.notes import Note, VerifierKey, signed_by
from audit.trust import endorsement_text

LEDGER = Actor("system", "ledger", "Ledger")


def folder() -> Path:
    """Where private keys are kept; back it up apart from the database."""
    return Path(settings.DATA) / "ledger"


def key_file(verifier: VerifierKey) -> Path:
    """The file of one key."""
    return folder() / f"{verifier.name.replace('/', '-')}-{verifier.key_id.hex()}.key"


def public_key() -> VerifierKey | None:
    """The public half of the key that signs now; None before the first start."""
    known = known_keys()
    return known[-1].verifier if known else None


def verifying_key() -> VerifierKey | None:
    """The key of this host that signed the newest checkpoint; the current one if none did.

    Between a rotation and the next checkpoint that is still the key before.
    """
    last = newest()
    if last is not None:
        note = last.signed()
        for one in reversed(known_keys()):
            if key_file(one.verifier).exists() and signed_by(note, one.verifier, keys.check):
                return one.verifier
    return public_key()


def signing_key() -> SigningKey:
    """The key that signs now, made if the log has none yet; raises KeyUnavailable.

    A log that has had a key never gets another one silently: a lost key must be noticed.
    """
    public = public_key()
    if public is not None:
        return _loaded(public)
    key = keys.generate(f"signalbox/{secrets.token_hex(4)}")
    keys.save(key, key_file(key.verifier))
    with ledger.transaction():
        _remember(key.verifier, None)
        _record("ledger.key_made", {"key": str(key.verifier)}, LEDGER)
    return key


def _loaded(public: VerifierKey) -> SigningKey:
    key = keys.load(key_file(public))
    if key.verifier != public:
        raise KeyUnavailable(f"{key_file(public)} holds another key than {public}")
    return key


def rotate(actor: Actor, *, lost: bool = False) -> VerifierKey:
    """Replace the signing key by a new one, which the old one endorses unless it is lost.

    Readers who trust the old key follow the endorsement. Without it they must be given the new
    key in person. Raises KeyUnavailable when the old key is missing and not declared lost.
    """
    old = None if lost else signing_key()
    name = (public_key() or signing_key().verifier).name
    new = keys.generate(name)
    keys.save(new, key_file(new.verifier))
    text = endorsement_text(new.verifier)
    note = str(Note(text, (old.sign(text),))) if old else None
    with ledger.transaction():
        _remember(new.verifier, note)
        _record(
            "ledger.key_rotated",
            {"key": str(new.verifier), "before": str(old.verifier) if old else "lost"},
            actor,
        )
    return new.verifier


def _remember(verifier: VerifierKey, endorsement: str | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into audit_key (verifier, endorsement) values (%s, %s)",
            [str(verifier), endorsement],
        )


def _record(kind: str, data: dict[str, str], actor: Actor) -> None:
    ledger.append(
        Draft(kind=kind, actor=actor, subject_kind="ledger", subject_id="log", scope="", data=data)
    )
