"""Keys of the log and of witnesses: made once, kept in files of their own, used to sign.

A key file holds one line in the form of Go's note package: `PRIVATE+KEY+name+keyid+base64`. It is
readable by its owner only and never enters the database.
"""

from __future__ import annotations

import base64
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.errors import LedgerError
from audit.notes import COSIGNATURE, ED25519, Signature, VerifierKey, cosigned_message

_PREFIX = "PRIVATE+KEY+"
_OTHERS = 0o077


class KeyUnavailable(LedgerError):
    """A key file is missing, unreadable, or readable by others; says what to do."""


@dataclass(frozen=True)
class SigningKey:
    """A private key and the name it signs under."""

    verifier: VerifierKey
    seed: bytes

    def sign(self, text: str) -> Signature:
        """Sign a note's text as a log does."""
        return self._signature(self._private().sign(text.encode()))

    def cosign(self, text: str, moment: int | None = None) -> Signature:
        """Sign a checkpoint's text as a witness does, with the time."""
        moment = int(time.time()) if moment is None else moment
        signature = self._private().sign(cosigned_message(text, moment))
        return self._signature(moment.to_bytes(8, "big") + signature)

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.verifier.kind]) + self.seed).decode()
        return f"{_PREFIX}{self.verifier.name}+{self.verifier.key_id.hex()}+{material}"

    def __repr__(self) -> str:
        return f"SigningKey({self.verifier})"

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def _signature(self, signature: bytes) -> Signature:
        return Signature(self.verifier.name, self.verifier.key_id, signature)


def generate(name: str, kind: int = ED25519) -> SigningKey:
    """A new key under a name: a log's, or with kind COSIGNATURE a witness's."""
    return _from_seed(name, kind, secrets.token_bytes(32))


def check(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is good; as `audit.ed25519.is_signed`, a hundred times faster."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def save(key: SigningKey, path: Path) -> None:
    """Write a key file that only its owner can read; refuses to overwrite one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"{key}\n")
        file.flush()
        os.fsync(file.fileno())


def load(path: Path) -> SigningKey:
    """Read a key file; raises KeyUnavailable."""
    try:
        if path.stat().st_mode & _OTHERS:
            raise KeyUnavailable(f"{path} is open to other accounts: run `chmod 600 {path}`")
        text = path.read_text().strip()
    except OSError as error:
        raise KeyUnavailable(
            f"the key file {path} cannot be read ({error.strerror}): restore it from its backup,"
            " or start a new key with `manage.py ledger rotate-key --lost`"
        ) from error
    return _parse(text, path)


def load_or_make(path: Path, name: str, kind: int = ED25519) -> SigningKey:
    """The key in a file; at the first start a new one."""
    if not path.exists():
        save(generate(name, kind), path)
    return load(path)


def _parse(text: str, path: Path) -> SigningKey:
    parts = text.removeprefix(_PREFIX).split("+", 2)
    try:
        name, key_id, material = parts
        decoded = base64.b64decode(material, validate=True)
        kind, seed = decoded[0], decoded[1:]
        key = _from_seed(name, kind, seed)
    except (ValueError, IndexError):
        raise KeyUnavailable(f"{path} holds no key") from None
    if kind not in (ED25519, COSIGNATURE) or key.verifier.key_id.hex() != key_id:
        raise KeyUnavailable(f"{path} holds a damaged key")
    return key


def _from_seed(name: str, kind: int, seed: bytes) -> SigningKey:
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return SigningKey(VerifierKey(name, kind, public), seed)
