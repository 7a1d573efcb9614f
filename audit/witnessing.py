"""Asking witnesses to cosign: which ones, what they are sent, and what their answers mean."""

from __future__ import annotations

import base64
import http.client
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from django.db import Error as DatabaseFault
from django.db import connection

from audit import key_ring, keys
from audit.checkpoints import Stored, known_keys, newest
from audit.notes import (
    BadNote,
    Note,
    VerifierKey,
    cosigned_by,
    parse_key,
    parse_note,
    parse_signatures,
)
from audit.tree import StoredTree
from audit.witness import request_text

log = structlog.get_logger(__name__)

INTERVAL_S = 5.0
TIMEOUT_S = 4.0
UNREACHABLE = "unreachable: "
"""How a problem begins that is no objection."""


class WitnessProblem(Exception):
    """A witness did not cosign; the sentence says why."""


@dataclass(frozen=True)
class KnownWitness:
    """A witness this log asks: its key, and where it answers."""

    key: VerifierKey
    url: str


def witness_file() -> Path:
    """The list of witnesses: a verifier key and an address on each line."""
    return key_ring.folder() / "witnesses"


def known_witnesses() -> list[KnownWitness]:
    """The witnesses in the list; raises BadNote for a line that is none."""
    path = witness_file()
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    if any(len(pair) != len(("key", "url")) for pair in pairs):
        raise BadNote(f"{path}: a line has a verifier key and an address")
    return [KnownWitness(parse_key(key), url.rstrip("/")) for key, url in pairs]


def register(key: VerifierKey, url: str) -> None:
    """Put a witness into the list, or give it its new address."""
    others = [one for one in known_witnesses() if one.key != key]
    path = witness_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text("".join(f"{one.key} {one.url}\n" for one in [*others, KnownWitness(key, url)]))


def last_cosigned(witness: KnownWitness, origin: str) -> Note | None:
    """What the witness itself remembers of this log; raises WitnessProblem."""
    path = f"/{sha256(origin.encode()).hexdigest()}/checkpoint"
    status, text = _call(witness, "GET", path, "", {})
    return parse_note(text) if status == HTTPStatus.OK else None


def submit(witness: KnownWitness, checkpoint: Stored) -> None:
    """Have one witness cosign a checkpoint and keep its signature; raises WitnessProblem."""
    old = _known_size(witness)
    status, text = _send(witness, checkpoint, old)
    if status == HTTPStatus.CONFLICT and text.strip().isdecimal():
        remembered = int(text)
        if remembered > checkpoint.size:
            raise WitnessProblem(
                f"it has seen {remembered} entries, and there are {checkpoint.size}"
            )
        if remembered != old:
            status, text = _send(witness, checkpoint, remembered)
    if status in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY):
        raise WitnessProblem("it has seen another tree than the one that is stored")
    if status != HTTPStatus.OK:
        raise WitnessProblem(f"it answered {status}: {text.strip()[:200]}")
    _keep(witness, checkpoint, text)


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
        return answer.status, answer.read(1 << 20).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise WitnessProblem(f"{UNREACHABLE}{witness.url} ({error})") from error
    finally:
        line.close()


def _known_size(witness: KnownWitness) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(max(size), 0) from audit_cosignature where witness = %s",
            [witness.key.name],
        )
        return int(cursor.fetchone()[0])


def _keep(witness: KnownWitness, checkpoint: Stored, text: str) -> None:
    note = Note(checkpoint.signed().text, parse_signatures(text))
    if cosigned_by(note, witness.key, keys.check) is None:
        raise WitnessProblem("its signature is not good")
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into audit_cosignature (size, witness, line) values (%s, %s, %s)"
            " on conflict do nothing",
            [checkpoint.size, witness.key.name, text],
        )


class WitnessingLoop(threading.Thread):
    """Sends new checkpoints to all witnesses, beside the sealer, which waits for nobody."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__(name="witnessing", daemon=True)
        self.stop = stop
        self._last: int | None = None

    def run(self) -> None:
        """Submit until told to stop; problems are written down and tried again."""
        while not self.stop.wait(INTERVAL_S):
            try:
                self.submit_newest()
            except (DatabaseFault, BadNote) as error:
                log.warning("witnessing_failed", error=str(error))
                connection.close()
        connection.close()

    def submit_newest(self) -> None:
        """Submit the newest checkpoint to those who have not seen it."""
        checkpoint = newest()
        if checkpoint is None or checkpoint.id == self._last:
            return
        problems = _submit_to_all(known_witnesses(), checkpoint)
        if not problems:
            self._last = checkpoint.id
        _report("; ".join(problems))


def _submit_to_all(witnesses: Sequence[KnownWitness], checkpoint: Stored) -> list[str]:
    problems = []
    for witness in witnesses:
        try:
            submit(witness, checkpoint)
        except (WitnessProblem, BadNote) as error:
            problems.append(f"{error}" if _away(error) else f"{witness.key.name}: {error}")
            log.warning("not_cosigned", witness=witness.key.name, error=str(error))
    return sorted(problems, key=lambda problem: problem.startswith(UNREACHABLE))


def _away(error: Exception) -> bool:
    return str(error).startswith(UNREACHABLE)


def _report(problem: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update audit_sealer set witness_problem = %s where id = 1", [problem[:1000]]
        )
