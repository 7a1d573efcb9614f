"""How a payload is stored: its text, salt and digest, with personal leaves under a key; pure.

The digest covers the salt and the text exactly as stored. Personal leaves are stored as ciphertext,
so the digest still holds after their key was destroyed.
"""

from __future__ import annotations

import base64
import hashlib
import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.digests import Digest
from audit.errors import PayloadAltered, ProfileViolation

LARGEST_PAYLOAD = 4_000_000
"""Bytes of one payload's text at most."""

ERASED = {"erased": True}
"""What stands in for a value whose subject's key was destroyed; readers get copies of it."""

SEALED = "@personal"
"""The key of the object that stands for a personal leaf: `{"@personal": [key id, ciphertext]}`."""

PAYLOAD_RECORD = "p(digest text, salt text, body text, subjects text[])"
"""The record definition for `jsonb_to_recordset`."""

INSERT_PAYLOADS = (
    "insert into audit_payload (digest, salt, body, subjects)"
    " select decode(substr(p.digest, 8), 'hex'), decode(p.salt, 'hex'), p.body, p.subjects from"
)
"""Followed by the caller's from-clause, in which the rows are called `p`."""


@dataclass(frozen=True)
class SubjectKey:
    """The key under which one person's leaves are encrypted; erasing the person destroys it."""

    id: str
    secret: bytes


@dataclass(frozen=True)
class PreparedPayload:
    """A payload ready to be written: refer to it by `digest`, send `row` along."""

    digest: Digest
    row: dict[str, Any]


def build(
    value: Any,
    personal: Mapping[str, Sequence[SubjectKey]] | None = None,
    salt: bytes | None = None,
) -> PreparedPayload:
    """The stored form of a JSON value.

    `personal` maps JSON pointers (RFC 6901) of leaves to the keys of their subjects; it takes all
    keys of a leaf to read it, so that erasing any one of its subjects erases it. A pointer that
    leads nowhere is refused, since it may be a misspelt promise of privacy.
    """
    _check(value)
    sealed = personal or {}
    subjects = sorted({key.id for keys in sealed.values() for key in keys})
    for pointer in sorted(sealed, key=lambda one: -one.count("/")):
        value = _replace(value, _parts(pointer), pointer, joint(sealed[pointer]))
    text = _text(value)
    if len(text) > LARGEST_PAYLOAD:
        raise ProfileViolation(f"a payload of {len(text)} bytes is over {LARGEST_PAYLOAD}")
    salt = salt or secrets.token_bytes(16)
    digest = digest_of(salt, text)
    row = {
        "digest": digest,
        "salt": salt.hex(),
        "body": text.decode(),
        "subjects": subjects or None,
    }
    return PreparedPayload(digest, row)


def joint(keys: Sequence[SubjectKey]) -> SubjectKey:
    """The key of what belongs to several people: made of all of theirs, and useless without one."""
    if len(keys) == 1:
        return keys[0]
    ordered = sorted(keys, key=lambda key: key.id)
    secret = hashlib.sha256(b"".join(key.secret for key in ordered)).digest()
    return SubjectKey(" ".join(key.id for key in ordered), secret)


def _joint_secret(ids: str, key_of: Callable[[str], bytes | None]) -> bytes | None:
    keys = []
    for one in ids.split(" "):
        secret = key_of(one)
        if secret is None:
            return None
        keys.append(SubjectKey(one, secret))
    return joint(keys).secret


def _text(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise ProfileViolation(f"a payload must be JSON: {error}") from None


def digest_of(salt: bytes, text: bytes) -> Digest:
    """The salted digest by which a payload is known: `sha256:` and 64 hexadecimal digits."""
    return Digest("sha256:" + hashlib.sha256(salt + text).hexdigest())


def opened(digest: str, salt: bytes, text: str, key_of: Callable[[str], bytes | None]) -> Any:
    """The value of a stored payload; leaves whose key is gone come back as ERASED.

    Raises PayloadAltered when the text or the salt is not what was written.
    """
    if digest_of(salt, text.encode()) != digest:
        raise PayloadAltered(f"payload {digest} does not match its digest")
    value = orjson.loads(text)
    return _unseal(value, key_of) if SEALED in text else value


def _check(value: Any) -> None:
    """Refuse what JSON cannot carry, and what would be mistaken for a sealed leaf."""
    pending = [value]
    while pending:
        item = pending.pop()
        if type(item) is dict:
            if SEALED in item:
                raise ProfileViolation(f"{SEALED!r} is reserved for encrypted leaves")
            pending.extend(item.values())
        elif type(item) in (list, tuple):
            pending.extend(item)
        elif type(item) is float and not math.isfinite(item):
            raise ProfileViolation(f"{item} is no JSON number")


def _parts(pointer: str) -> list[str]:
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise ProfileViolation(f"{pointer!r} is no JSON pointer to a leaf")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def _replace(value: Any, parts: list[str], pointer: str, key: SubjectKey) -> Any:
    if not parts:
        return {SEALED: [key.id, _encrypted(value, key)]}
    head, rest = parts[0], parts[1:]
    if isinstance(value, dict) and head in value:
        return {**value, head: _replace(value[head], rest, pointer, key)}
    if isinstance(value, list) and head.isdigit() and int(head) < len(value):
        return [
            _replace(item, rest, pointer, key) if position == int(head) else item
            for position, item in enumerate(value)
        ]
    raise ProfileViolation(f"{pointer!r} leads to nothing in the payload")


def _encrypted(value: Any, key: SubjectKey) -> str:
    nonce = secrets.token_bytes(12)
    box = AESGCM(key.secret).encrypt(nonce, orjson.dumps(value), key.id.encode())
    return base64.b64encode(nonce + box).decode()


def _unseal(value: Any, key_of: Callable[[str], bytes | None]) -> Any:
    if isinstance(value, list):
        return [_unseal(item, key_of) for item in value]
    if not isinstance(value, dict):
        return value
    if SEALED not in value:
        return {name: _unseal(item, key_of) for name, item in value.items()}
    key_id, text = value[SEALED]
    secret = _joint_secret(key_id, key_of)
    if secret is None:
        return dict(ERASED)
    box = base64.b64decode(text)
    try:
        inner = orjson.loads(AESGCM(secret).decrypt(box[:12], box[12:], key_id.encode()))
    except InvalidTag:
        raise PayloadAltered("an encrypted leaf does not open with its subject's key") from None
    return _unseal(inner, key_of)
