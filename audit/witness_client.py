"""Talking to a witness: having a checkpoint cosigned, and asking what it remembers.

Every answer is checked before it is believed. A witness that cannot be reached is one thing, a
witness that objects or lies another; the sentence of the problem says which.
"""

from __future__ import annotations

import base64
import http.client
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import urlsplit

from audit import keys
from audit.checkpoints import Stored, known_keys
from audit.notes import Note, cosigned_by, parse_head, parse_note, parse_signatures
from audit.tree import StoredTree
from audit.witness import request_text
from audit.witness_policy import KnownWitness

TIMEOUT_S = 4.0
LONGEST_ANSWER = 1 << 20
UNREACHABLE = "unreachable: "
"""How a problem begins that is no objection."""


class WitnessProblem(Exception):
    """A witness did not cosign; the sentence says why."""

    @property
    def away(self) -> bool:
        """Whether the witness merely does not answer."""
        return str(self).startswith(UNREACHABLE)


@dataclass(frozen=True)
class Cosigned:
    """A witness's good signature on a checkpoint, and when it was made, in Unix seconds."""

    size: int
    line: str
    moment: int


def last_cosigned(witness: KnownWitness, origin: str) -> Note | None:
    """What the witness itself remembers of this log; raises WitnessProblem or BadNote."""
    path = f"/{sha256(origin.encode()).hexdigest()}/checkpoint"
    status, text = _call(witness, "GET", path, "", {})
    return parse_note(text) if status == HTTPStatus.OK else None


def check_memory(witness: KnownWitness, checkpoint: Stored) -> None:
    """Ask whether the witness still answers and remembers what it cosigned last.

    Raises WitnessProblem when it is away, when it has seen a tree that is not ours, or none.
    """
    note = last_cosigned(witness, parse_head(checkpoint.signed().text).origin)
    if note is None:
        raise WitnessProblem("it remembers nothing of this log")
    if cosigned_by(note, witness.key, keys.check) is None:
        raise WitnessProblem("what it remembers is not signed by its key")
    head = parse_head(note.text)
    if head.size > checkpoint.size:
        raise WitnessProblem(_ahead(head.size, checkpoint.size))
    if head.size == checkpoint.size and head.root != checkpoint.root:
        raise WitnessProblem("it has seen another tree than the one that is stored")


def submit(witness: KnownWitness, checkpoint: Stored, known_size: int) -> Cosigned:
    """Have a witness cosign a checkpoint; `known_size` is what it cosigned before.

    Raises WitnessProblem, or BadNote when the answer is no signature line.
    """
    status, text = _send(witness, checkpoint, known_size)
    if status == HTTPStatus.CONFLICT and text.strip().isdecimal():
        remembered = int(text)
        if remembered > checkpoint.size:
            raise WitnessProblem(_ahead(remembered, checkpoint.size))
        if remembered != known_size:
            status, text = _send(witness, checkpoint, remembered)
    if status in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY):
        raise WitnessProblem("it has seen another tree than the one that is stored")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise WitnessProblem(f"{UNREACHABLE}{witness.url} answered {status}: {text.strip()[:200]}")
    if status != HTTPStatus.OK:
        raise WitnessProblem(f"it answered {status}: {text.strip()[:200]}")
    moment = cosigned_by(
        Note(checkpoint.signed().text, parse_signatures(text)), witness.key, keys.check
    )
    if moment is None:
        raise WitnessProblem("its signature is not good")
    return Cosigned(checkpoint.size, text, moment)


def _ahead(remembered: int, size: int) -> str:
    return f"it has seen {remembered} entries, and there are {size}"


def _send(witness: KnownWitness, checkpoint: Stored, old: int) -> tuple[int, str]:
    proof = StoredTree().consistency(old, checkpoint.size) if 0 < old < checkpoint.size else []
    text = request_text(old, proof, checkpoint.note)
    return _call(witness, "POST", "/add-checkpoint", text, _introduction())


def _introduction() -> dict[str, str]:
    """Who we are, for a witness that pins the first key, and how the key before vouched for it."""
    key = known_keys()[-1]
    endorsement = base64.b64encode((key.endorsement or "").encode()).decode()
    return {"X-Log-Key": str(key.verifier), "X-Log-Endorsement": endorsement}


def _call(
    witness: KnownWitness, method: str, path: str, text: str, headers: dict[str, str]
) -> tuple[int, str]:
    address = urlsplit(witness.url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    line = kind(address.hostname or "", address.port, timeout=TIMEOUT_S)
    try:
        line.request(method, address.path + path, text.encode(), headers)
        answer = line.getresponse()
        return answer.status, answer.read(LONGEST_ANSWER).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise WitnessProblem(f"{UNREACHABLE}{witness.url} ({error})") from error
    finally:
        line.close()
