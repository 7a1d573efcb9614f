"""What each witness of the policy said last, believed only as far as its signature goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from audit import keys
from audit.notes import BadNote, Note, cosigned_by, parse_signatures
from audit.witness_client import UNREACHABLE
from audit.witness_policy import KnownWitness, WitnessPolicy

_WITNESSES = """
select w.verifier, w.size, w.line, w.cosigned_at, w.seen_at, w.problem,
  (select c.note from audit_checkpoint c where c.size = w.size order by c.id desc limit 1)
from audit_witness w
"""


class Said(NamedTuple):
    """A row of what a witness said, and the note of the checkpoint that it cosigned."""

    size: int
    line: str
    cosigned_at: datetime | None
    seen_at: datetime | None
    problem: str
    note: str | None


NOTHING_SAID = Said(0, "", None, None, "", None)


@dataclass(frozen=True)
class WitnessState:
    """What is known of one witness.

    Attributes:
        size: entries in the largest tree it cosigned; None if none, or if its signature or the
            checkpoint below it is not there any more.
        cosigned_at: when it signed that. seen_at: when it last answered.
        problem: why it did not sign last time; empty when all is well.
        local: whether it runs on this machine.
    """

    name: str
    url: str
    size: int | None
    cosigned_at: datetime | None
    seen_at: datetime | None
    problem: str
    local: bool

    @property
    def away(self) -> bool:
        """Whether it does not answer."""
        return self.problem.startswith(UNREACHABLE)

    @property
    def objects(self) -> bool:
        """Whether it answers and refuses, or signs what is not so."""
        return bool(self.problem) and not self.away


def witness_states(policy: WitnessPolicy) -> dict[str, WitnessState]:
    """Each witness of the policy, with what it signed last if that signature is good."""
    if not policy.witnesses:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_WITNESSES)
        said = {row[0]: Said(*row[1:]) for row in cursor.fetchall()}
    return {
        name: _witness(witness, said.get(str(witness.key), NOTHING_SAID))
        for name, witness in policy.witnesses.items()
    }


def _witness(witness: KnownWitness, said: Said) -> WitnessState:
    good = bool(said.line) and _is_cosigned(witness, said.line, said.note)
    problem = said.problem
    if said.line and not good:
        problem = problem or f"it cosigned {said.size} entries, and no such checkpoint is stored"
    return WitnessState(
        witness.name or witness.key.name,
        witness.url,
        said.size if good else None,
        said.cosigned_at if good else None,
        said.seen_at,
        problem,
        witness.local,
    )


def _is_cosigned(witness: KnownWitness, line: str, note: str | None) -> bool:
    text = (note or "").partition("\n\n")[0]
    try:
        signed = Note(f"{text}\n", parse_signatures(line))
    except BadNote:
        return False
    return cosigned_by(signed, witness.key, keys.check) is not None


def quorate_size(policy: WitnessPolicy, witnesses: dict[str, WitnessState]) -> int | None:
    """The largest tree that enough witnesses cosigned: who signed a larger one signed it too."""
    sizes = {name: one.size for name, one in witnesses.items() if one.size is not None}

    def enough(size: int) -> bool:
        return policy.is_met(lambda witness: sizes.get(witness.name, -1) >= size)

    return max((size for size in sizes.values() if enough(size)), default=None)
