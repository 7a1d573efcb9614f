"""What a witness decides about a checkpoint (c2sp.org/tlog-witness): functions and values; pure.

A witness remembers the largest tree it has seen of each log and signs only what continues it. So an
insider who holds the log's key and the database still cannot cut or rewrite what a witness saw.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from audit.merkle import is_consistent
from audit.notes import (
    HASH_BYTES,
    BadNote,
    Check,
    Note,
    TreeHead,
    VerifierKey,
    encoded,
    parse_head,
    parse_note,
)
from audit.trust import signed_by_any

MOST_HASHES = 63
"""Hashes of one consistency proof at most."""


@dataclass(frozen=True)
class Submission:
    """A request to cosign: the size the log believes the witness knows, a proof, a checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    head: TreeHead


@dataclass(frozen=True)
class Answer:
    """What to reply; with `accepted` the head is to be remembered and then cosigned."""

    status: HTTPStatus
    text: str = ""
    accepted: bool = False


def request_text(old: int, proof: Sequence[bytes], checkpoint: str) -> str:
    """The body of an add-checkpoint request."""
    return "".join(f"{line}\n" for line in [f"old {old}", *encoded(proof)]) + "\n" + checkpoint


def parse_submission(text: str) -> Submission:
    """Read the body of a request; raises BadNote."""
    opening, separator, checkpoint = text.partition("\n\n")
    first, *hashes = opening.split("\n")
    word, _, number = first.partition(" ")
    if not separator or word != "old" or not number.isdecimal() or str(int(number)) != number:
        raise BadNote("a request begins with `old` and a size")
    if len(hashes) > MOST_HASHES:
        raise BadNote(f"a proof has at most {MOST_HASHES} hashes")
    note = parse_note(checkpoint)
    return Submission(int(number), tuple(map(_hash, hashes)), note, parse_head(note.text))


def _hash(line: str) -> bytes:
    try:
        decoded = base64.b64decode(line, validate=True)
    except binascii.Error:
        decoded = b""
    if len(decoded) != HASH_BYTES:
        raise BadNote(f"no hash: {line!r}")
    return decoded


def judge(
    asked: Submission,
    logs: Mapping[str, Sequence[VerifierKey]],
    seen: Mapping[str, TreeHead],
    check: Check,
) -> Answer:
    """Decide about a submission, given the logs' keys and the largest tree seen of each."""
    head = asked.head
    if head.origin not in logs:
        return Answer(HTTPStatus.NOT_FOUND, "this log is not known here\n")
    if not signed_by_any(asked.note, logs[head.origin], check):
        return Answer(HTTPStatus.FORBIDDEN, "no known key of the log signed this\n")
    if asked.old > head.size:
        return Answer(HTTPStatus.BAD_REQUEST, "the old size is larger than the new one\n")
    known = seen.get(head.origin)
    size = known.size if known else 0
    if asked.old != size:
        return Answer(HTTPStatus.CONFLICT, f"{size}\n")
    return _continues(asked, known)


def _continues(asked: Submission, known: TreeHead | None) -> Answer:
    head = asked.head
    if known is None or known.size == 0:
        fits = not asked.proof
    elif known.size == head.size:
        if known.root != head.root:
            return Answer(HTTPStatus.CONFLICT, f"{known.size}\n")
        fits = not asked.proof
    else:
        fits = is_consistent(known.size, known.root, head.size, head.root, asked.proof)
    if not fits:
        return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, "the proof does not lead from old to new\n")
    return Answer(HTTPStatus.OK, accepted=True)
