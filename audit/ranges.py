"""Having ranges of leaves checked by other processes, and taking their results in order."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from django.db import connection

from audit.range_check import check_range
from audit.tiles import split

CHUNK = 1 << 14
"""Leaves a process checks before it reports; whole tiles."""


@dataclass(frozen=True)
class Chunk:
    """The result for leaves start..end-1.

    Attributes:
        faults: leaf index, entry_id and reason of each fault.
        missing: leaves whose entry is not there. hashes: one a leaf.
        writers: first and last number of each writer's entries in the range, and the first's leaf.
    """

    start: int
    end: int
    faults: list[tuple[int, str, str]]
    missing: list[int]
    writers: dict[str, tuple[int, int, int]]
    hashes: list[bytes]


def checked_chunks(size: int, processes: int) -> Iterator[Chunk]:
    """Results for all leaves of a tree in order; must run inside a transaction.

    With no processes the ranges are checked here, on the connection of the transaction.
    """
    ranges = [(start, min(start + CHUNK, size)) for start in range(0, size, CHUNK)]
    if processes == 0:
        yield from (_checked_here(start, end) for start, end in ranges)
        return
    processes = min(processes, len(ranges))
    with ExitStack() as stack:
        workers = [stack.enter_context(_worker(ranges[n::processes])) for n in range(processes)]
        for position, (start, end) in enumerate(ranges):
            yield _read(workers[position % processes], start, end)


def _checked_here(start: int, end: int) -> Chunk:
    found = check_range(connection.connection, start, end)
    return _chunk((start, end), found.outcome(), found.hashes)


def _worker(ranges: list[tuple[int, int]]) -> subprocess.Popen[bytes]:
    worker = subprocess.Popen(
        [sys.executable, "-m", "audit.range_check"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parent.parent,
    )
    asked = {"database": _address(), "snapshot": _snapshot(), "ranges": ranges}
    if worker.stdin:
        worker.stdin.write(orjson.dumps(asked))
        worker.stdin.close()
    return worker


def _read(worker: subprocess.Popen[bytes], start: int, end: int) -> Chunk:
    if worker.stdout is None or not (head := worker.stdout.readline()):
        raise RuntimeError("a process that checked entries ended early; its error is above")
    found: dict[str, Any] = orjson.loads(head)
    hashes = split(worker.stdout.read(found["bytes"]))
    return _chunk((start, end), found, hashes)


def _chunk(span: tuple[int, int], found: dict[str, Any], hashes: list[bytes]) -> Chunk:
    faults = [(index, entry, reason) for index, entry, reason in found["faults"]]
    absent = range(span[0] + len(hashes), span[1])
    faults.extend((index, "", "the leaf is missing") for index in absent)
    writers = {writer: (seen[0], seen[1], seen[2]) for writer, seen in found["writers"].items()}
    return Chunk(*span, faults, found["missing"], writers, hashes)


def _snapshot() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select pg_export_snapshot()")
        return str(cursor.fetchone()[0])


def _address() -> dict[str, Any]:
    given = connection.get_connection_params()
    wanted = ("host", "port", "dbname", "user", "password")
    return {name: given[name] for name in wanted if given.get(name)}
