"""Evidence bundles: entries with what proves them, in one file that a stranger can check.

Written as a stream, so that its size is bounded by the disk alone. Without a filter it holds the
whole ledger, and the root is derived from all entries; with one it holds a proof for each entry.
"""

from __future__ import annotations

import hashlib
import html
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import orjson
from django.db import connection, transaction

from audit.checkpoints import Stored, known_keys, newest, with_cosignatures
from audit.errors import LedgerError
from audit.proofs import proof_of
from audit.reading import NO_FILTER, Filters, matching
from audit.single_file import verifier_source
from audit.tree import StoredTree
from audit.verify import CHECKPOINT, ENTRIES, FORMAT, KEYS, MANIFEST, PAYLOADS, PROOFS, digests

Progress = Callable[[int, int], None]
PORTION = 2000


class NothingToExport(LedgerError):
    """No sealed entry matches."""


@dataclass(frozen=True)
class Exported:
    """What a bundle holds."""

    entries: int
    payloads: int
    size: int


class _Archive:
    """A zip file that remembers the digest of everything written to it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.files: dict[str, str] = {}

    def write(self, name: str, content: str | bytes) -> None:
        """Add a small file."""
        data = content.encode() if isinstance(content, str) else content
        self.archive.writestr(name, data)
        self.files[name] = hashlib.sha256(data).hexdigest()

    def write_lines(self, name: str, lines: Iterator[dict[str, Any]]) -> int:
        """Add a file of one JSON object a line; returns how many."""
        digest, count = hashlib.sha256(), 0
        with self.archive.open(name, "w", force_zip64=True) as file:
            for line in lines:
                data = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
                digest.update(data)
                file.write(data)
                count += 1
        self.files[name] = digest.hexdigest()
        return count


def write_bundle(
    out: Path | IO[bytes],
    *,
    scopes: list[str],
    filters: Filters = NO_FILTER,
    progress: Progress | None = None,
) -> Exported:
    """Write the evidence for all sealed entries that match and that the reader may see.

    Raises NothingToExport when there are none, before anything is written.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read")
        checkpoint = newest()
        selection = _Selection(scopes, filters, checkpoint)
        if checkpoint is None or not selection.count:
            raise NothingToExport("no sealed entry matches")
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            return _write(_Archive(archive), checkpoint, selection, progress)


class _Selection:
    """The leaves to export, in order of their index."""

    def __init__(self, scopes: list[str], filters: Filters, checkpoint: Stored | None) -> None:
        self.size = checkpoint.size if checkpoint else 0
        self.complete = "" in scopes and filters == NO_FILTER
        self.filters = filters
        self._ids = [] if self.complete else self._matching_leaves(scopes)
        self.count = self.size if self.complete else len(self._ids)
        self.digests: set[str] = set()

    def _matching_leaves(self, scopes: list[str]) -> list[int]:
        if not scopes:
            return []
        wanted, arguments = (
            matching(scopes, self.filters).order_by().values("id").query.sql_with_params()
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "select l.leaf_index from audit_leaf l"  # noqa: S608 - the ORM wrote the inner part
                f" where l.entry in ({wanted}) and l.leaf_index < {int(self.size)}"
                " order by l.leaf_index",
                arguments,
            )
            return [index for (index,) in cursor.fetchall()]

    def portions(self) -> Iterator[list[tuple[int, str]]]:
        """Leaf index and body, a portion at a time."""
        for start in range(0, self.count, PORTION):
            end = min(start + PORTION, self.count)
            yield _bodies(range(start, end) if self.complete else self._ids[start:end])

    def lines(self, progress: Progress | None) -> Iterator[dict[str, Any]]:
        """The lines of the entries' file."""
        done = 0
        for portion in self.portions():
            for index, body in portion:
                self.digests.update(digests(orjson.loads(body)))
                yield {"index": index, "body": body}
            done += len(portion)
            if progress:
                progress(done, self.count)


def _bodies(indexes: range | list[int]) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select l.leaf_index, e.body from audit_leaf l join audit_entry e on e.id = l.entry"
            " where l.leaf_index in (select jsonb_array_elements_text(%s::jsonb)::bigint)"
            " order by l.leaf_index",
            [orjson.dumps(list(indexes)).decode()],
        )
        return [(index, body) for index, body in cursor.fetchall()]


def _write(
    archive: _Archive, checkpoint: Stored, selection: _Selection, progress: Progress | None
) -> Exported:
    note = str(with_cosignatures(checkpoint))
    archive.write(CHECKPOINT, note)
    entries = archive.write_lines(ENTRIES, selection.lines(progress))
    if not selection.complete:
        _write_proofs(archive, checkpoint, selection)
    payloads = archive.write_lines(PAYLOADS, _payload_lines(sorted(selection.digests)))
    keys = [{"key": str(one.verifier), "endorsement": one.endorsement} for one in known_keys()]
    archive.write(KEYS, orjson.dumps(keys))
    archive.write("verify.py", verifier_source())
    archive.write("README.html", _page(note, entries, payloads, complete=selection.complete))
    manifest = {
        "format": FORMAT,
        "made_at": datetime.now(UTC).isoformat(),
        "complete": selection.complete,
        "entries": entries,
        "payloads": payloads,
        "files": archive.files,
    }
    archive.write(MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    return Exported(entries, payloads, checkpoint.size)


def _write_proofs(archive: _Archive, checkpoint: Stored, selection: _Selection) -> None:
    tree = StoredTree()
    for portion in selection.portions():
        for index, _ in portion:
            archive.write(f"{PROOFS}/{index}.tlog-proof", str(proof_of(index, checkpoint, tree)))


def _payload_lines(wanted: list[str]) -> Iterator[dict[str, Any]]:
    for start in range(0, len(wanted), PORTION):
        with connection.cursor() as cursor:
            cursor.execute(
                "select 'sha256:' || encode(digest, 'hex'), encode(salt, 'hex'), body"
                " from audit_payload where digest in (select decode(substr(d, 8), 'hex')"
                " from jsonb_array_elements_text(%s::jsonb) d) order by 1",
                [orjson.dumps(wanted[start : start + PORTION]).decode()],
            )
            for digest, salt, body in cursor.fetchall():
                yield {"digest": digest, "salt": salt, "body": body}


def _page(note: str, entries: int, payloads: int, *, complete: bool) -> str:
    """A page that says to a person what this is and how to check it."""
    scope = (
        "the whole ledger up to the checkpoint below"
        if complete
        else "a selection, each entry with its own proof; others may exist that were not selected"
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Evidence</title>"
        "<style>body{font:16px/1.5 system-ui;max-width:46rem;margin:3rem auto;padding:0 1rem}"
        "pre{background:#f4f4f2;padding:1rem;overflow:auto}</style>"
        "<h1>Evidence from a Signalbox ledger</h1>"
        f"<p>This bundle holds {entries} entries and {payloads} payloads: {scope}.</p>"
        "<h2>How to check it</h2><p>Get the ledger's public key from a source you trust, never from"
        " this bundle. With Python 3.11 or later, and no network, run</p>"
        "<pre>python verify.py BUNDLE.zip --key KEY</pre>"
        "<p>It derives the hash of each entry again, follows its proof to the signed checkpoint,"
        " and checks the signature with your key.</p>"
        f"<h2>The checkpoint</h2><pre>{html.escape(note)}</pre></html>"
    )
