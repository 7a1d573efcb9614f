"""The payload store: arguments, results, messages and decision inputs, each kept once.

Everything else refers to a payload by its salted digest. `personal` names, per JSON pointer, whose
datum a leaf is; such leaves are encrypted under that person's own key.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from django.db import connection

from audit import buffer
from audit.digests import Digest
from audit.errors import PayloadMissing
from audit.identifiers import new_id
from audit.payload_rows import (
    ERASED,
    INSERT_PAYLOADS,
    PAYLOAD_RECORD,
    PreparedPayload,
    SubjectKey,
    build,
    opened,
)

__all__ = [
    "ERASED",
    "INSERT_PAYLOADS",
    "PAYLOAD_RECORD",
    "PreparedPayload",
    "load",
    "load_many",
    "prepare",
    "store",
]

_FIND_KEY = "select id::text, secret from audit_subject_key where subject = %s"
_MAKE_KEY = (
    "insert into audit_subject_key (id, subject, secret) values (%s, %s, %s)"
    " on conflict (subject) do nothing"
)


Personal = Mapping[str, str | Sequence[str]]
"""Subjects of personal leaves, by JSON pointer: one, or all whose datum the leaf is."""


def prepare(value: Any, *, personal: Personal | None = None) -> PreparedPayload:
    """The digest and row of a JSON value, for callers that send rows in their own statement.

    Args:
        value: any JSON value; numbers must be finite.
        personal: JSON pointer of each personal leaf, and the subjects it belongs to, opaque ids.

    Raises:
        ProfileViolation: no JSON, too large, or a pointer that leads nowhere.
    """
    if not personal:
        return build(value)
    owners = {
        pointer: [subjects] if isinstance(subjects, str) else list(subjects)
        for pointer, subjects in personal.items()
    }
    keys = _subject_keys({subject for subjects in owners.values() for subject in subjects})
    return build(value, {pointer: [keys[one] for one in some] for pointer, some in owners.items()})


def store(value: Any, *, personal: Personal | None = None) -> Digest:
    """Keep a value with the open transaction; returns its digest. Errors as in `prepare`.

    Raises OutsideTransaction when no `ledger.transaction()` is open.
    """
    waiting = buffer.required()
    prepared = prepare(value, personal=personal)
    waiting.add_payload(prepared.row)
    return prepared.digest


def keep(row: dict[str, Any]) -> None:
    """Keep a payload that was prepared before with the open transaction."""
    buffer.required().add_payload(row)


def load(digest: str) -> Any:
    """The value behind a digest, erased leaves as ERASED; raises PayloadMissing, PayloadAltered."""
    found = load_many([digest])
    if digest not in found:
        raise PayloadMissing(f"no payload {digest}")
    return found[digest]


def load_many(digests: Iterable[str]) -> dict[str, Any]:
    """Values by digest; digests that are not there are left out."""
    wanted = set(digests)
    waiting = buffer.current()
    here = waiting.payloads if waiting else {}
    stored = [
        (
            digest,
            bytes.fromhex(here[digest]["salt"]),
            here[digest]["body"],
            here[digest]["subjects"],
        )
        for digest in wanted & here.keys()
    ]
    stored.extend(_read(wanted - here.keys()))
    secrets_by_id = _secrets({key for row in stored for key in row[3] or ()})
    return {
        digest: opened(digest, salt, body, secrets_by_id.get) for digest, salt, body, _ in stored
    }


def sizes(digests: Iterable[str]) -> dict[str, int]:
    """Bytes of stored text by digest; digests that are not there are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select 'sha256:' || encode(digest, 'hex'), octet_length(body) from audit_payload"
            " where digest in (select decode(substr(d, 8), 'hex')"
            " from jsonb_array_elements_text(%s::jsonb) d)",
            [_json_list(set(digests))],
        )
        return dict(cursor.fetchall())


def _read(digests: set[str]) -> list[tuple[str, bytes, str, list[str] | None]]:
    if not digests:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "select 'sha256:' || encode(digest, 'hex'), salt, body, subjects from audit_payload"
            " where digest in (select decode(substr(d, 8), 'hex')"
            " from jsonb_array_elements_text(%s::jsonb) d)",
            [_json_list(digests)],
        )
        return [(row[0], bytes(row[1]), row[2], row[3]) for row in cursor.fetchall()]


def _secrets(ids: set[str]) -> dict[str, bytes]:
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select id::text, secret from audit_subject_key where id::text in"
            " (select jsonb_array_elements_text(%s::jsonb))",
            [_json_list(ids)],
        )
        return {key: bytes(secret) for key, secret in cursor.fetchall() if secret is not None}


def veil(value: Any, subjects: Iterable[str]) -> str:
    """A digest that stands for a personal value and can't be guessed at once a subject is erased.

    HMAC-SHA256 (RFC 2104) of the value's JSON under the key of each subject in turn: 64 hexadecimal
    digits, the same each time while the keys are there.
    """
    keys = _subject_keys(set(subjects))
    found = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    for _, key in sorted(keys.items()):
        found = hmac.new(key.secret, found, hashlib.sha256).digest()
    return found.hex()


def _subject_keys(subjects: set[str]) -> dict[str, SubjectKey]:
    """The key of each subject, made if there is none; in one order, so that writers never cross."""
    return {subject: _subject_key(subject) for subject in sorted(subjects)}


def _subject_key(subject: str) -> SubjectKey:
    with connection.cursor() as cursor:
        cursor.execute(_FIND_KEY, [subject])
        found = cursor.fetchone()
        if found is None:
            cursor.execute(_MAKE_KEY, [str(new_id()), subject, secrets.token_bytes(32)])
            cursor.execute(_FIND_KEY, [subject])
            found = cursor.fetchone()
    return SubjectKey(found[0], bytes(found[1]))


def _json_list(values: Iterable[str]) -> str:

    return orjson.dumps(sorted(values)).decode()
