"""`manage.py ledger …`: how the ledger fares, what it proves, and its keys."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import key_ring, proofs
from audit.bundles import Exported, Progress, write_bundle
from audit.checkpoints import newest
from audit.entries import Actor
from audit.errors import LedgerError
from audit.exports import FORMATS, stream
from audit.notes import BadNote, Note, VerifierKey, parse_key, parse_note
from audit.reading import Filters, count
from audit.reading_record import record_export
from audit.retention import erase_subject, holds, place_hold, release_hold
from audit.state import seal_state
from audit.subjects import subjects_meant
from audit.verification import Asked, verify
from audit.witness_client import WitnessProblem, last_cosigned
from audit.witness_policy import KnownWitness
from audit.witnessing import known_witnesses

OPERATOR = Actor("system", "command-line", "Command line")


class Command(BaseCommand):
    """The ledger's commands; `--json` prints what a machine can read."""

    help = "Verify, prove, export and tend the ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-command each."""
        commands = parser.add_subparsers(dest="command", required=True)
        status = commands.add_parser("status", help="how the ledger fares now")
        check = commands.add_parser("verify", help="derive everything again and compare")
        check.add_argument("--key", help="the public key to believe; default: the one on this host")
        check.add_argument(
            "--from-checkpoint", type=Path, help="a checkpoint kept elsewhere that must still hold"
        )
        commands.add_parser("key", help="print the public key that verifiers need")
        prove = commands.add_parser("prove", help="print the proof that an entry is in the ledger")
        prove.add_argument("entry", help="its entry_id")
        commands.add_parser("checkpoint", help="print the newest checkpoint, to keep elsewhere")
        rotate = commands.add_parser("rotate-key", help="sign with a new key from now on")
        rotate.add_argument("--lost", action="store_true", help="the old key file is gone")
        export = commands.add_parser("export", help="write evidence that a stranger can check")
        export.add_argument("--out", type=Path, required=True, help="the file to write")
        export.add_argument("--format", choices=["bundle", *FORMATS], default="bundle")
        export.add_argument("--goal", default="", help="only entries of this goal")
        export.add_argument("--kind", action="append", default=[], help="a kind, or approval.*")
        export.add_argument("--actor", default="", help="only entries of this actor")
        export.add_argument("--from", dest="since", type=_moment, help="recorded at or after")
        export.add_argument("--to", dest="until", type=_moment, help="recorded before")
        hold = commands.add_parser("hold", help="forbid erasure and removal, or list what is held")
        hold.add_argument("covers", nargs="?", help="subject, goal, scope or everything")
        hold.add_argument("value", nargs="?", default="", help="which one")
        hold.add_argument("--release", metavar="HOLD", help="end this hold")
        hold.add_argument("--reason", default="", help="why; kept in the payload store")
        erase = commands.add_parser("erase", help="make what is recorded of a person unreadable")
        erase.add_argument(
            "subject", help="the person's id, or what names them, such as an address"
        )
        erase.add_argument("--reason", required=True, help="on what ground")
        for command in (status, check, export):
            command.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the sub-command named on the command line."""
        run = getattr(self, "do_" + options["command"].replace("-", "_"))
        try:
            run(options)
        except (LedgerError, BadNote) as error:
            raise CommandError(str(error)) from error

    def do_status(self, options: dict[str, Any]) -> None:
        """Say how the ledger fares."""
        state = seal_state()
        if options["json"]:
            self.stdout.write(orjson.dumps(state).decode())
            return
        self.stdout.write(f"{state.colour}: {state.summary}")
        self.stdout.write(f"{state.size} entries sealed, {state.pending} waiting")
        for witness in state.witnesses:
            told = witness.problem or f"cosigned {witness.size} entries"
            self.stdout.write(f"witness {witness.name} at {witness.url}: {told}")
        if state.witnesses:
            self.stdout.write(f"quorum: {state.quorum}")
        if state.advice:
            self.stdout.write(state.advice)
        if state.sealed_at:
            self.stdout.write(f"newest checkpoint {state.sealed_at.isoformat()}")

    def do_verify(self, options: dict[str, Any]) -> None:
        """Verify; exit code 1 if anything is wrong."""
        key = parse_key(options["key"]) if options["key"] else _own_key(key_ring.verifying_key())
        witnesses = known_witnesses()
        seen, silent = _seen_by(witnesses, key.name)
        asked = Asked(
            key=key,
            earlier=[*_kept(options["from_checkpoint"]), *seen],
            witnesses=[witness.key for witness in witnesses],
            processes=os.cpu_count() or 1,
            progress=None if options["json"] else self._progress,
        )
        report = verify(asked)
        report.notes.extend(silent)
        if options["json"]:
            self.stdout.write(orjson.dumps(report.as_json()).decode())
        else:
            self.stdout.write(str(report))
        if not report.sound:
            sys.exit(1)

    def do_key(self, options: dict[str, Any]) -> None:
        """Print the public key."""
        self.stdout.write(str(_own_key(key_ring.public_key())))

    def do_prove(self, options: dict[str, Any]) -> None:
        """Print an entry's body and its proof."""
        proven = proofs.prove(options["entry"], scopes=[""])
        self.stdout.write(proven.body)
        self.stdout.write(str(proven.proof), ending="")

    def do_checkpoint(self, options: dict[str, Any]) -> None:
        """Print the newest checkpoint."""
        last = newest()
        if last is None:
            raise CommandError("nothing has been sealed yet")
        self.stdout.write(last.note, ending="")

    def do_export(self, options: dict[str, Any]) -> None:
        """Write an evidence bundle, and record that it was taken."""
        filters = Filters(
            kinds=tuple(options["kind"]),
            actor=options["actor"],
            goal=options["goal"],
            since=options["since"],
            until=options["until"],
        )
        try:
            made = _export(options["out"], options["format"], filters, self._progress)
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error.strerror}") from error
        record_export(OPERATOR, filters, made)
        if options["json"]:
            self.stdout.write(orjson.dumps(made).decode())
        else:
            self.stdout.write(f"{made.entries} entries, {made.payloads} payloads: {options['out']}")

    def do_hold(self, options: dict[str, Any]) -> None:
        """Place a hold, end one, or list those in force."""
        if options["release"]:
            release_hold(hold=options["release"], reason=options["reason"], actor=OPERATOR)
        elif options["covers"]:
            given = {name: options[name] for name in ("covers", "value", "reason")}
            self.stdout.write(place_hold(actor=OPERATOR, **given))
        else:
            for one in holds():
                self.stdout.write(f"{one.id} {one.covers} {one.value} since {one.placed_at}")

    def do_erase(self, options: dict[str, Any]) -> None:
        """Destroy a person's keys."""
        meant = subjects_meant(options["subject"])
        for subject in meant or [options["subject"]]:
            key = erase_subject(subject=subject, reason=options["reason"], actor=OPERATOR)
            self.stdout.write(f"the key {key} is destroyed; what it encrypted cannot be read again")

    def do_rotate_key(self, options: dict[str, Any]) -> None:
        """Replace the signing key."""
        made = key_ring.rotate(OPERATOR, lost=options["lost"])
        self.stdout.write(str(made))

    def _progress(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done * 100 // max(total, 1):3d} % of {total}", ending="")


def _own_key(key: VerifierKey | None) -> VerifierKey:
    if key is None:
        raise CommandError("the ledger has no key yet: start the sealer once")
    return key


def _export(out: Path, form: str, filters: Filters, progress: Progress) -> Exported:
    if form == "bundle":
        return write_bundle(out, scopes=[""], filters=filters, progress=progress)
    total = count([""], filters)
    with out.open("wb") as file:
        for part in stream(form, [""], filters):
            file.write(part)
    return Exported(total, 0, 0)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seen_by(witnesses: list[KnownWitness], origin: str) -> tuple[list[Note], list[str]]:
    """What witnesses remember, and a sentence for each that could not be asked."""
    seen, silent = [], []
    for witness in witnesses:
        try:
            note = last_cosigned(witness, origin)
        except (WitnessProblem, BadNote) as error:
            silent.append(f"{witness.key.name} could not be asked: {error}")
        else:
            seen.extend([note] if note else [])
    return seen, silent


def _kept(path: Path | None) -> list[Note]:
    if path is None:
        return []
    try:
        return [parse_note(path.read_text())]
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from error
