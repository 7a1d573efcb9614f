"""Having every new checkpoint cosigned by the witnesses of the policy, beside the sealer.

The sealer waits for nobody: this runs in a thread of its own, and what a witness said last is kept
in the database for the seal on every screen.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from django.db import Error as DatabaseFault
from django.db import connection

from audit import key_ring
from audit.checkpoints import Stored, newest
from audit.notes import BadNote, VerifierKey
from audit.witness_client import Cosigned, WitnessProblem, check_memory, submit
from audit.witness_policy import KnownWitness, WitnessPolicy, parse_policy, with_witness

log = structlog.get_logger(__name__)

INTERVAL_S = 5.0
LOOK_S = 10.0
"""How often a witness that has nothing to sign is asked whether it is there."""

LONGEST_PROBLEM = 1000

_SIGNED = """
insert into audit_witness (verifier, url, size, line, cosigned_at, seen_at)
values (%s, %s, %s, %s, to_timestamp(%s), now())
on conflict (verifier) do update set url = excluded.url, size = excluded.size,
  line = excluded.line, cosigned_at = excluded.cosigned_at, seen_at = now(), problem = ''
"""
_ANSWERED = """
insert into audit_witness (verifier, url, seen_at) values (%s, %s, now())
on conflict (verifier) do update set url = excluded.url, seen_at = now(), problem = ''
"""
_FAILED = """
insert into audit_witness (verifier, url, problem) values (%s, %s, %s)
on conflict (verifier) do update set url = excluded.url, problem = excluded.problem
"""
_KEEP = "insert into audit_cosignature (size, witness, line) values (%s, %s, %s)"


def policy_file() -> Path:
    """The witness policy, a text as `audit.witness_policy` reads it."""
    return key_ring.folder() / "witnesses"


def known_policy() -> WitnessPolicy:
    """The witnesses this log asks; raises BadNote for a policy that cannot be followed."""
    return parse_policy(_policy_text())


def known_witnesses() -> list[KnownWitness]:
    """The witnesses of the policy; errors as in `known_policy`."""
    return list(known_policy().witnesses.values())


def register(key: VerifierKey, url: str) -> None:
    """Put a witness into the policy, or give it its new address."""
    path = policy_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(with_witness(_policy_text(), KnownWitness(key, url)))
    draft.replace(path)


def _policy_text() -> str:
    try:
        return policy_file().read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadNote(f"the witness policy {policy_file()} cannot be read: {error}") from error


class WitnessingLoop(threading.Thread):
    """Sends new checkpoints to all witnesses, and looks after those that have nothing to sign."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__(name="witnessing", daemon=True)
        self.stop = stop
        self._signed: dict[KnownWitness, int] = {}
        self._look_at = 0.0

    def run(self) -> None:
        """Submit until told to stop; problems are written down and tried again."""
        while not self.stop.wait(INTERVAL_S):
            try:
                self.submit_newest()
            except DatabaseFault as error:
                log.warning("witnessing_failed", error=str(error))
                connection.close()
        connection.close()

    def submit_newest(self) -> None:
        """Submit the newest checkpoint to those who have not signed it, and look at the others."""
        try:
            witnesses = known_witnesses()
        except BadNote as error:
            _report(str(error))
            return
        _report("")
        checkpoint = newest()
        looking = time.monotonic() >= self._look_at
        if looking:
            self._look_at = time.monotonic() + LOOK_S
        if checkpoint is not None:
            for witness in witnesses:
                self._ask(witness, checkpoint, looking=looking)

    def _ask(self, witness: KnownWitness, checkpoint: Stored, *, looking: bool) -> None:
        if self._signed.get(witness) != checkpoint.id:
            if _noted(witness, lambda: cosign(witness, checkpoint)):
                self._signed[witness] = checkpoint.id
        elif looking and not _noted(witness, lambda: _look(witness, checkpoint)):
            del self._signed[witness]


def cosign(witness: KnownWitness, checkpoint: Stored) -> None:
    """Have one witness cosign a checkpoint and keep its signature.

    Raises WitnessProblem or BadNote.
    """
    made = submit(witness, checkpoint, min(_known_size(witness), checkpoint.size))
    _keep(witness, made)


def _look(witness: KnownWitness, checkpoint: Stored) -> None:
    check_memory(witness, checkpoint)
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, [str(witness.key), witness.url])


def _noted(witness: KnownWitness, act: Callable[[], None]) -> bool:
    """Do something with a witness; if that fails, write down why and return False."""
    try:
        act()
    except (WitnessProblem, BadNote) as error:
        log.warning("not_cosigned", witness=witness.key.name, error=str(error))
        with connection.cursor() as cursor:
            values = [str(witness.key), witness.url, str(error)[:LONGEST_PROBLEM]]
            cursor.execute(_FAILED, values)
        return False
    return True


def _known_size(witness: KnownWitness) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select size from audit_witness where verifier = %s", [str(witness.key)])
        found = cursor.fetchone()
    return int(found[0]) if found else 0


def _keep(witness: KnownWitness, made: Cosigned) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"{_KEEP} on conflict do nothing", [made.size, witness.key.name, made.line])
        said = (str(witness.key), witness.url, made.size, made.line, made.moment)
        cursor.execute(_SIGNED, said)


def _report(problem: str) -> None:
    """Tell the screens what is wrong with the policy as a whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update audit_sealer set witness_problem = %s where id = 1 and witness_problem <> %s",
            [problem[:LONGEST_PROBLEM]] * 2,
        )
