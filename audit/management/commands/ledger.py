"""`manage.py ledger …`: how the ledger fares, what it proves, what may go, and its keys."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.errors import LedgerError
from audit.exports import FORMATS
from audit.management import exporting, inspecting, tending
from audit.management.answers import Bar, Options, Told
from audit.notes import BadNote

ACTS: dict[str, Callable[[Options, Bar], Told]] = {
    "status": inspecting.status,
    "verify": inspecting.verify,
    "key": inspecting.key,
    "prove": inspecting.prove,
    "receipt": inspecting.receipt,
    "checkpoint": inspecting.checkpoint,
    "export": exporting.export,
    "hold": tending.hold,
    "erase": tending.erase,
    "remove": tending.remove,
    "drop": tending.drop,
    "rotate-key": tending.rotate_key,
}


class Command(BaseCommand):
    """The ledger's commands; with `--json` each answers what a machine can read."""

    help = "Verify, prove, export and tend the ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-command each."""
        commands = parser.add_subparsers(dest="command", required=True)
        parsers = {name: commands.add_parser(name, help=act.__doc__) for name, act in ACTS.items()}
        _look(parsers)
        _export(parsers["export"])
        _tend(parsers)
        for one in parsers.values():
            one.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the sub-command named on the command line; status 1 if something is not sound."""
        try:
            told = ACTS[options["command"]](options, Bar(sys.stderr))
        except (LedgerError, BadNote) as error:
            raise CommandError(str(error)) from error
        text = orjson.dumps(told.data).decode() if options["json"] else told.text
        self.stdout.write(text.removesuffix("\n"))
        if not told.sound:
            sys.exit(1)


def _look(parsers: dict[str, CommandParser]) -> None:
    check = parsers["verify"]
    check.add_argument("--key", help="the public key to believe; default: the one on this host")
    check.add_argument(
        "--from-checkpoint",
        nargs="?",
        const="",
        metavar="FILE",
        help="a checkpoint that must still hold; without FILE the one verified last on this host",
    )
    check.add_argument(
        *("--receipt", "-r"),
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a receipt whose entry must be there",
    )
    parsers["prove"].add_argument("entry", help="its entry_id")
    parsers["receipt"].add_argument("entry", help="its entry_id")
    parsers["receipt"].add_argument("--out", type=Path, help="the file to write")


def _export(export: CommandParser) -> None:
    export.add_argument("--out", type=Path, required=True, help="the file to write")
    export.add_argument("--format", choices=["bundle", *FORMATS], default="bundle")
    export.add_argument("--query", default="", help="what to export, as the explorer reads it")
    export.add_argument("--goal", default="", help="only entries of this goal")
    export.add_argument("--kind", action="append", default=[], help="a kind, or approval.*")
    export.add_argument("--actor", default="", help="only entries of this actor")
    export.add_argument("--from", dest="since", type=_moment, help="recorded at or after")
    export.add_argument("--to", dest="until", type=_moment, help="recorded before")


def _tend(parsers: dict[str, CommandParser]) -> None:
    parsers["rotate-key"].add_argument("--lost", action="store_true", help="the old file is gone")
    hold = parsers["hold"]
    hold.add_argument("covers", nargs="?", help="subject, goal, scope or everything")
    hold.add_argument("value", nargs="?", default="", help="which one")
    hold.add_argument("--release", metavar="HOLD", help="end this hold")
    hold.add_argument("--reason", default="", help="why; kept in the payload store")
    erase = parsers["erase"]
    erase.add_argument("subject", help="the person's id, or what names them, such as an address")
    erase.add_argument("--reason", required=True, help="on what ground")
    remove = parsers["remove"]
    remove.add_argument("--before", type=_moment, required=True, help="recorded before")
    drop = parsers["drop"]
    drop.add_argument("month", type=_month, help="such as 2026-01")
    drop.add_argument("--reason", required=True, help="on what ground")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no date, such as 2026-01-31") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no month, such as 2026-01") from None
