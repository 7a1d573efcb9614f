"""A place on disk for what a long export must remember, so that memory does not grow with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from types import TracebackType
from typing import Any, Self


class Scratch:
    """Leaves and payload digests of one export, given back in order and without repeats.

    A temporary SQLite database: it keeps a few megabytes in memory, the rest in a file without a
    name, and is gone when it is closed.
    """

    def __init__(self) -> None:
        self._kept = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._kept.execute("create table leaf (at integer primary key, entry integer)")
        self._kept.execute("create table digest (bytes blob primary key) without rowid")
        self._kept.execute("pragma journal_mode = off")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything."""
        self._kept.close()

    def add_leaves(self, leaves: Iterable[tuple[int, int]]) -> None:
        """Remember leaves: index and id of the entry."""
        self._many("insert or ignore into leaf values (?, ?)", leaves)

    def add_digests(self, digests: Iterable[str]) -> None:
        """Remember payload digests, written as `sha256:` and hexadecimal digits."""
        rows = ((bytes.fromhex(digest[7:]),) for digest in digests)
        self._many("insert or ignore into digest values (?)", rows)

    def leaves(self) -> int:
        """How many leaves are remembered."""
        return int(self._kept.execute("select count(*) from leaf").fetchone()[0])

    def leaf_portions(self, size: int) -> Iterator[list[tuple[int, int]]]:
        """The leaves in the order of their indexes, at most `size` at a time."""
        yield from self._portions("select at, entry from leaf order by at", size)

    def digest_portions(self, size: int) -> Iterator[list[str]]:
        """The digests in order, at most `size` at a time."""
        for rows in self._portions("select bytes from digest order by bytes", size):
            yield [f"sha256:{data.hex()}" for (data,) in rows]

    def _many(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._kept.execute("begin")
        self._kept.executemany(statement, rows)
        self._kept.execute("commit")

    def _portions(self, query: str, size: int) -> Iterator[list[Any]]:
        with closing(self._kept.cursor()) as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(size):
                yield rows
