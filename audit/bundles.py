"""Evidence bundles: entries with what proves them, in one file that a stranger can check.

Made as a stream of bytes, so that neither its size nor its makers' memory is bounded by anything
but a disk. Without a filter it holds the whole ledger, and the root is derived from all entries;
with one it holds a proof for each entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson
from django.db import connection

from audit import leaves
from audit.archive import Archive
from audit.checkpoints import known_keys, newest, with_cosignatures
from audit.errors import LedgerError
from audit.evidence_page import TOLD, About, Contents, bundle_page
from audit.merkle import inclusion_proof
from audit.models import Entry
from audit.notes import Proof
from audit.reading import NO_FILTER, Filters, matching
from audit.scratch import Scratch
from audit.single_file import verifier_source
from audit.tree import StoredTree
from audit.verify import (
    CHECKPOINT,
    ENTRIES,
    FORMAT,
    KEYS,
    MANIFEST,
    PAYLOADS,
    PROOFS,
    digests,
)

Progress = Callable[[int, int], None]
PORTION = 2000
STAMP = 60
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
NOBODY = About()


class NothingToExport(LedgerError):
    """No sealed entry matches."""


@dataclass(frozen=True)
class Exported:
    """What a bundle holds."""

    entries: int
    payloads: int
    size: int


class EvidenceBundle:
    """A bundle about to be made: what is in it is settled, and `parts` gives its bytes.

    Raises NothingToExport when no sealed entry matches, before anything is written.
    """

    def __init__(
        self, scopes: Sequence[str], filters: Filters = NO_FILTER, about: About = NOBODY
    ) -> None:
        checkpoint = newest()
        if checkpoint is None:
            raise NothingToExport("nothing has been sealed yet")
        self.about = about
        self.checkpoint = checkpoint
        self.note = str(with_cosignatures(checkpoint))
        self.complete = "" in scopes and filters == NO_FILTER
        self.goal = filters.goal if filters == Filters(goal=filters.goal) else ""
        self.scratch = Scratch()
        if not self.complete:
            self._select(scopes, filters)
        self.entries = checkpoint.size if self.complete else self.scratch.leaves()
        self.payloads = 0
        self.period = ("", "")
        self.told: list[dict[str, Any]] = []
        if not self.entries:
            raise NothingToExport("no sealed entry matches")

    def _select(self, scopes: Sequence[str], filters: Filters) -> None:
        """Remember which leaves to export, in as little memory as one portion needs."""
        found = matching(scopes, filters).order_by("id").values_list("id", flat=True)
        for ids in _batched(found.iterator(chunk_size=PORTION), PORTION):
            places = leaves.places(ids).items()
            size = self.checkpoint.size
            self.scratch.add_leaves((index, entry) for entry, index in places if index < size)

    def parts(self, progress: Progress | None = None) -> Iterator[bytes]:
        """The bytes of the bundle, in pieces of at most a few megabytes; once only."""
        archive = Archive()
        with self.scratch:
            archive.write(CHECKPOINT, self.note)
            yield from archive.write_lines(ENTRIES, self._lines(progress))
            if not self.complete:
                yield from archive.write_lines(PROOFS, self._proofs())
            yield from archive.write_lines(PAYLOADS, self._payload_lines())
        keys = [{"key": str(one.verifier), "endorsement": one.endorsement} for one in known_keys()]
        archive.write(KEYS, orjson.dumps(keys))
        archive.write("verify.py", verifier_source())
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        archive.write("README.html", bundle_page(self.about, self._contents(made_at)))
        manifest = self._manifest(made_at, archive.files)
        archive.write(MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        yield archive.close()

    def made(self) -> Exported:
        """What went into the bundle, once all of its parts were taken."""
        return Exported(self.entries, self.payloads, self.checkpoint.size)

    def _portions(self) -> Iterator[list[tuple[int, str | None]]]:
        """Leaf index and body, a portion at a time; no body where the entry was removed."""
        if self.complete:
            for start in range(0, self.entries, PORTION):
                indexes = range(start, min(start + PORTION, self.entries))
                bodies = _span(indexes[0], indexes[-1])
                yield [(index, bodies.get(index)) for index in indexes]
            return
        for portion in self.scratch.leaf_portions(PORTION):
            held = _bodies([entry for _, entry in portion])
            yield [(index, held[entry]) for index, entry in portion if entry in held]

    def _lines(self, progress: Progress | None) -> Iterator[dict[str, Any]]:
        """The lines of the entries' file."""
        tree, done = StoredTree(), 0
        for portion in self._portions():
            for index, body in portion:
                line = (
                    {"index": index, "leaf": tree.node(0, index).hex()}
                    if body is None
                    else {"index": index, "body": body}
                )
                self._note(line)
                yield line
            self.scratch.add_digests(payload_digests(body for _, body in portion if body))
            done += len(portion)
            if progress:
                progress(done, self.entries)

    def _note(self, line: dict[str, Any]) -> None:
        """Remember what the page tells: the first entries, and the time they cover."""
        if "body" not in line:
            return
        if len(self.told) < TOLD:
            self.told.append(line)
        # a body begins with its stamp, and that with the time of recording
        at = MOMENT.search(line["body"], 0, STAMP)
        if at:
            self.period = (self.period[0] or at.group(), at.group())

    def _proofs(self) -> Iterator[dict[str, Any]]:
        nodes, size = _Remembered(StoredTree()), self.checkpoint.size
        for portion in self.scratch.leaf_portions(PORTION):
            for index, _ in portion:
                proof = Proof(index, tuple(inclusion_proof(nodes, index, size)), self.note)
                yield {"index": index, "proof": str(proof)}

    def _payload_lines(self) -> Iterator[dict[str, Any]]:
        for portion in self.scratch.digest_portions(PORTION):
            with connection.cursor() as cursor:
                cursor.execute(_PAYLOADS, [orjson.dumps(portion).decode()])
                for digest, salt, body in cursor.fetchall():
                    self.payloads += 1
                    yield {"digest": digest, "salt": salt, "body": body}

    def _contents(self, made_at: str) -> Contents:
        return Contents(
            made_at=made_at,
            entries=self.entries,
            payloads=self.payloads,
            checkpoint=self.note,
            complete=self.complete,
            goal=self.goal,
            period=self.period,
            told=self.told,
        )

    def _manifest(self, made_at: str, files: dict[str, str]) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "made_at": made_at,
            "complete": self.complete,
            "goal": self.goal,
            "entries": self.entries,
            "payloads": self.payloads,
            "ledger": self.about.warning or "verified",
            "files": files,
        }


def write_bundle(
    out: Path | IO[bytes],
    *,
    scopes: list[str],
    filters: Filters = NO_FILTER,
    progress: Progress | None = None,
    about: About = NOBODY,
) -> Exported:
    """Write the evidence for all sealed entries that match and that the reader may see.

    Raises NothingToExport when there are none, before anything is written.
    """
    bundle = EvidenceBundle(scopes, filters, about)
    if isinstance(out, Path):
        with out.open("wb") as file:
            file.writelines(bundle.parts(progress))
    else:
        out.writelines(bundle.parts(progress))
    return bundle.made()


class _Remembered:
    """Nodes of a tree that are kept for a while: neighbours' proofs share most of theirs."""

    def __init__(self, tree: StoredTree) -> None:
        self._kept = lru_cache(maxsize=1 << 14)(tree.node)

    def node(self, height: int, index: int) -> bytes:
        """The hash of a complete subtree."""
        return self._kept(height, index)


_PAYLOADS = (
    "select 'sha256:' || encode(digest, 'hex'), encode(salt, 'hex'), body"
    " from audit_payload where digest in (select decode(substr(d, 8), 'hex')"
    " from jsonb_array_elements_text(%s::jsonb) d) order by 1"
)


def _bodies(entries: list[int]) -> dict[int, str]:
    """Bodies by the ids of their entries."""
    return dict(Entry.objects.filter(id__in=entries).order_by().values_list("id", "body"))


def _span(first: int, last: int) -> dict[int, str]:
    """Bodies by leaf index, of two leaves and all between them whose entries are there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select l.leaf_index, e.body"
            " from audit_leaves(%s, %s) l join audit_entry e on e.id = l.entry",
            [first, last + 1],
        )
        return dict(cursor.fetchall())


def _batched(items: Iterable[int], size: int) -> Iterator[list[int]]:
    """The items in lists of at most this size."""
    waiting = iter(items)
    while portion := list(islice(waiting, size)):
        yield portion


def payload_digests(bodies: Iterable[str]) -> Iterator[str]:
    """Digests that the bodies mention."""
    for body in bodies:
        if "sha256:" in body:
            yield from digests(orjson.loads(body))
