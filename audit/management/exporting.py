"""`manage.py ledger export`: evidence and other formats, into a file."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

from django.core.management.base import CommandError

from audit import queries
from audit.bundles import Exported, write_bundle
from audit.exports import stream
from audit.management.answers import OPERATOR, Bar, Options, Told
from audit.reading import Filters
from audit.reading_record import record_export
from audit.totals import count


def export(options: Options, bar: Bar) -> Told:
    """Write what was asked for, and record that it was taken."""
    filters, units = _asked(options)
    out: Path = options["out"]
    try:
        made = _written(out, options["format"], filters, units, bar)
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror}") from error
    record_export(OPERATOR, filters, made)
    return Told(f"{made.entries} entries, {made.payloads} payloads: {out}", asdict(made))


def _asked(options: Options) -> tuple[Filters, list[str]]:
    """Filters and units; without any, everything. Raises BadQuery for a query that is none."""
    if options["query"]:
        others = ("goal", "actor", "since", "until", "kind")
        if any(options[name] for name in others):
            raise CommandError("--query says it all: leave the other filters out")
        filters, units = queries.parse(options["query"])
        return filters, units or [""]
    given = Filters(kinds=tuple(options["kind"]), since=options["since"], until=options["until"])
    return replace(given, actor=options["actor"], goal=options["goal"]), [""]


def _written(out: Path, form: str, filters: Filters, units: list[str], bar: Bar) -> Exported:
    if form == "bundle":
        return write_bundle(out, scopes=units, filters=filters, progress=bar)
    total, parts = count(units, filters), 0
    with out.open("wb") as file:
        for part in stream(form, units, filters):
            file.write(part)
            parts += 1
            bar(min(parts, total - 1), total)
    bar(total, total)
    return Exported(total, 0, 0)
