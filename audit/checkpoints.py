"""Checkpoints as stored: reading the newest, writing the next, and which keys have signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from audit.notes import Note, Signature, VerifierKey, parse_key, parse_note

_COLUMNS = (
    "id, size, root, note, pg_snapshot_xmax(snapshot)::text,"
    " array(select pg_snapshot_xip(snapshot)::text), system_identifier, floor, made_at"
)


@dataclass(frozen=True)
class Stored:
    """A checkpoint with what the sealer goes on from.

    Attributes:
        next_xid: the first transaction id that was not yet given out then.
        open_xids: transactions that were running then, whose entries come later.
        floor: entries up to this id came from another server by a restore, and are all sealed.
    """

    id: int
    size: int
    root: bytes
    note: str
    next_xid: str
    open_xids: tuple[str, ...]
    system_identifier: str
    floor: int
    made_at: datetime

    def signed(self) -> Note:
        """The note as it was signed; raises BadNote."""
        return parse_note(self.note)


def _read(condition: str, *arguments: int) -> list[Stored]:
    with connection.cursor() as cursor:
        cursor.execute(f"select {_COLUMNS} from audit_checkpoint {condition}", list(arguments))  # noqa: S608 - constants only
        return [
            Stored(row[0], row[1], bytes(row[2]), row[3], row[4], tuple(row[5]), *row[6:])
            for row in cursor.fetchall()
        ]


def newest() -> Stored | None:
    """The last checkpoint."""
    found = _read("order by id desc limit 1")
    return found[0] if found else None


def in_order() -> list[Stored]:
    """All checkpoints as they were made."""
    return _read("order by id")


def at_size(size: int) -> Stored | None:
    """The first checkpoint of this size or a larger one."""
    found = _read("where size >= %s order by size, id limit 1", size)
    return found[0] if found else None


def latest(count: int) -> list[Stored]:
    """The last checkpoints, newest first."""
    return _read("order by id desc limit %s", count)


def with_cosignatures(checkpoint: Stored) -> Note:
    """The checkpoint's note with all witnesses' signatures that were collected for it."""
    note = checkpoint.signed()
    lines = [line for _, line in cosignatures(checkpoint.size)]
    extra: list[Signature] = []
    for line in lines:
        extra.extend(parse_note(f"{note.text}\n{line}").signatures)
    return Note(note.text, (*note.signatures, *extra))


def cosignatures(size: int) -> list[tuple[str, str]]:
    """Witness and signature line for the checkpoint of this size."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select witness, line from audit_cosignature where size = %s order by made_at", [size]
        )
        return [(witness, line) for witness, line in cursor.fetchall()]


@dataclass(frozen=True)
class KnownKey:
    """A public key of the log, and how the one before it vouched for it."""

    verifier: VerifierKey
    endorsement: str | None


def known_keys() -> Sequence[KnownKey]:
    """All keys of the log, oldest first. That they are stored here proves nothing about them."""
    with connection.cursor() as cursor:
        cursor.execute("select verifier, endorsement from audit_key order by id")
        return [KnownKey(parse_key(verifier), note) for verifier, note in cursor.fetchall()]
