"""What `manage.py ledger` shows: status, verification, keys, proofs, receipts, checkpoints."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import orjson
from django.core.management.base import CommandError

from audit import key_ring, proofs
from audit.checkpoints import newest
from audit.management.answers import OPERATOR, Bar, Options, Told
from audit.notes import Note, VerifierKey, parse_key, parse_note
from audit.reading_record import record_reading
from audit.receipt_desk import receipt_for
from audit.receipts import Receipt, parse_receipt
from audit.state import SealState, seal_lag, seal_state
from audit.verifying_here import Brought, last_verified, verify_here


def status(_options: Options, _bar: Bar) -> Told:
    """How the ledger fares."""
    state, lag = seal_state(), seal_lag()
    lines = [f"{state.colour}: {state.summary}"]
    lines.append(f"{state.size} entries sealed, {state.pending} waiting")
    if state.sealed_at:
        lines.append(f"newest checkpoint {state.sealed_at.isoformat()}")
    if lag:
        lines.append(
            f"the latest {lag.entries} entries waited {lag.median_s:.1f} s to be sealed,"
            f" 99 of 100 at most {lag.p99_s:.1f} s"
        )
    lines += _witnesses(state)
    return Told("\n".join(lines), {**asdict(state), "lag": asdict(lag) if lag else None})


def _witnesses(state: SealState) -> list[str]:
    lines = [
        f"witness {one.name} at {one.url}: {one.problem or f'cosigned {one.size} entries'}"
        for one in state.witnesses
    ]
    if lines:
        lines.append(f"quorum: {state.quorum}")
    return [*lines, state.advice] if state.advice else lines


def verify(options: Options, bar: Bar) -> Told:
    """Derive everything again and compare."""
    brought = Brought(
        key=parse_key(options["key"]) if options["key"] else None,
        checkpoints=_checkpoints(options["from_checkpoint"]),
        receipts=tuple(_receipt(path) for path in options["receipt"]),
    )
    report = verify_here(bar, brought)
    return Told(str(report), report.as_json(), report.sound)


def _checkpoints(given: str | None) -> tuple[Note, ...]:
    """The checkpoint in a file; without a name the one that this host verified last."""
    if given is None:
        return ()
    if given:
        return (parse_note(_text(Path(given))),)
    kept = last_verified()
    if kept is None:
        raise CommandError("no verification on this host has found the ledger sound yet")
    return (kept,)


def _receipt(path: Path) -> Receipt:
    return parse_receipt(_text(path))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error


def key(_options: Options, _bar: Bar) -> Told:
    """The public key that verifiers need."""
    public = own_key()
    return Told(str(public), {"key": str(public)})


def own_key() -> VerifierKey:
    """The key that signs now; raises CommandError before the first start."""
    public = key_ring.public_key()
    if public is None:
        raise CommandError("the ledger has no key yet: start the sealer once")
    return public


def prove(options: Options, _bar: Bar) -> Told:
    """An entry's text and the proof of its place."""
    proven = proofs.prove(options["entry"], scopes=[""])
    _note_reading("prove", options["entry"])
    data = {"body": proven.body, "index": proven.proof.index, "proof": str(proven.proof)}
    return Told(f"{proven.body}\n{proven.proof}", data)


def receipt(options: Options, _bar: Bar) -> Told:
    """The receipt of an entry, to keep elsewhere."""
    given = receipt_for(options["entry"], scopes=[""])
    _note_reading("receipt", options["entry"])
    text = str(given)
    if options["out"]:
        try:
            options["out"].write_text(text)
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error.strerror}") from error
        return Told(str(options["out"]), orjson.loads(text))
    return Told(text, orjson.loads(text))


def _note_reading(act: str, entry: str) -> None:
    """Record that an entry was shown to whoever sits at the command line."""
    record_reading(OPERATOR, f"{act} {UUID(entry)}", f"{act} {UUID(entry)}", 1)


def checkpoint(_options: Options, _bar: Bar) -> Told:
    """The newest checkpoint, to keep elsewhere."""
    last = newest()
    if last is None:
        raise CommandError("nothing has been sealed yet")
    data = {"size": last.size, "root": last.root.hex(), "note": last.note}
    return Told(last.note, {**data, "made_at": last.made_at})
