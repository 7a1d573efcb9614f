"""Signed notes, checkpoints, cosignatures and proofs as text; reading and checking, no signing.

Formats: c2sp.org signed-note, tlog-checkpoint, tlog-cosignature and tlog-proof. Pure, and with the
standard library only, so that it can travel inside an evidence bundle.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from audit.ed25519 import is_signed

ED25519 = 1
"""Signature type of a log's key."""

COSIGNATURE = 4
"""Signature type of a witness's key: Ed25519 over the note with a time."""

HASH_BYTES = 32
"""Length of a SHA-256 hash and of an Ed25519 public key."""

_KEY_ID_BYTES = 4
_HEAD_LINES = 4

PROOF_HEADER = "c2sp.org/tlog-proof@v1"

Check = Callable[[bytes, bytes, bytes], bool]
"""Checks a signature: public key, message, signature."""


class BadNote(ValueError):
    """A text that is not what it should be, with what is wrong."""


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name of its owner; written `name+keyid+base64`."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"


def parse_key(text: str) -> VerifierKey:
    """Read a verifier key; raises BadNote."""
    name, _, rest = text.strip().partition("+")
    written_id, _, material = rest.partition("+")
    decoded = _base64(material)
    if not name or len(decoded) != 1 + HASH_BYTES or decoded[0] not in (ED25519, COSIGNATURE):
        raise BadNote("this is no verifier key: name+keyid+base64 is expected")
    key = VerifierKey(name, decoded[0], decoded[1:])
    if key.key_id.hex() != written_id:
        raise BadNote(f"the key id {written_id} does not belong to this key")
    return key


@dataclass(frozen=True)
class Signature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line as it stands in a note."""
        return f"\u2014 {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A text and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(signature.line() for signature in self.signatures)


def parse_note(text: str) -> Note:
    """Read a signed note; raises BadNote. Says nothing yet about who signed."""
    body, separator, lines = text.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise BadNote("a signed note ends with a blank line and signature lines")
    if any(character < " " and character != "\n" for character in text):
        raise BadNote("a signed note holds no control characters")
    return Note(body + "\n", parse_signatures(lines))


def parse_signatures(lines: str) -> tuple[Signature, ...]:
    """Read signature lines; raises BadNote."""
    found = []
    for line in lines.splitlines():
        dash, name, material = [*line.split(" "), "", ""][:3]
        decoded = _base64(material)
        if dash != "\u2014" or not name or len(decoded) <= _KEY_ID_BYTES:
            raise BadNote(f"no signature line: {line!r}")
        found.append(Signature(name, decoded[:4], decoded[4:]))
    if not found:
        raise BadNote("the note is not signed")
    return tuple(found)


def signed_by(note: Note, key: VerifierKey, check: Check = is_signed) -> bool:
    """Whether the note carries a good signature of a log's key."""
    return any(
        check(key.public, note.text.encode(), found.signature) for found in _of_key(note, key)
    )


def cosigned_by(note: Note, key: VerifierKey, check: Check = is_signed) -> int | None:
    """When a witness cosigned the note, in Unix seconds; None if it did not."""
    for found in _of_key(note, key):
        moment = int.from_bytes(found.signature[:8], "big")
        if check(key.public, cosigned_message(note.text, moment), found.signature[8:]):
            return moment
    return None


def cosigned_message(text: str, moment: int) -> bytes:
    """What a witness signs: that it saw this checkpoint at this Unix time."""
    return f"cosignature/v1\ntime {moment}\n{text}".encode()


def _of_key(note: Note, key: VerifierKey) -> list[Signature]:
    return [s for s in note.signatures if s.name == key.name and s.key_id == key.key_id]


@dataclass(frozen=True)
class TreeHead:
    """What a checkpoint says: the log's name, how many leaves it has, and their root."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_head(text: str) -> TreeHead:
    """Read a checkpoint's text; raises BadNote."""
    lines = text.split("\n")
    if len(lines) < _HEAD_LINES or not lines[0] or not lines[1].isdecimal():
        raise BadNote("a checkpoint has an origin, a size and a root")
    root = _base64(lines[2])
    if len(root) != HASH_BYTES or str(int(lines[1])) != lines[1]:
        raise BadNote("a checkpoint's root has 32 bytes and its size no leading zero")
    return TreeHead(lines[0], int(lines[1]), root)


@dataclass(frozen=True)
class Proof:
    """That a leaf stands at an index under a checkpoint."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str

    def __str__(self) -> str:
        lines = [PROOF_HEADER, f"index {self.index}", *encoded(self.hashes), "", self.checkpoint]
        return "\n".join(lines)


def parse_proof(text: str) -> Proof:
    """Read a tlog-proof; raises BadNote."""
    head, separator, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not separator or lines[0] != PROOF_HEADER:
        raise BadNote(f"a proof begins with {PROOF_HEADER}")
    lines = [line for line in lines[1:] if not line.startswith("extra ")]
    word, _, number = (lines or [""])[0].partition(" ")
    if word != "index" or not number.isdecimal():
        raise BadNote("a proof names its index")
    hashes = tuple(_base64(line) for line in lines[1:])
    if any(len(item) != HASH_BYTES for item in hashes):
        raise BadNote("a proof's hashes have 32 bytes")
    return Proof(int(number), hashes, checkpoint)


def encoded(hashes: Sequence[bytes]) -> list[str]:
    """Hashes in base64."""
    return [base64.b64encode(item).decode() for item in hashes]


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise BadNote(f"no base64: {text!r}") from None
