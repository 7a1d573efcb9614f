"""How large an export will be, told beforehand: counted exactly, its size from a sample of it."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from django.db import connection

from audit import reading, totals
from audit.bundles import payload_digests
from audit.checkpoints import newest
from audit.exports import FORMATS, written
from audit.reading import Filters

BUNDLE = "bundle"
SPOTS, SAMPLED = 12, 12
"""From how many places, spread evenly over what matches, and how many entries from each."""

FIXED = 40_000
"""Bytes of a bundle beside its entries: page, verifier, keys, checkpoint and manifest."""

PROOF = 20
"""Bytes of a proof in a bundle beside its hashes, packed."""

REPEATED = 4
"""Bytes of a hash that the proof before had as well, packed."""

HASH = 34
"""Bytes of a hash that the proof before did not have, packed."""

_PAYLOADS = (
    "select coalesce(sum(length(body)), 0) from audit_payload where digest in"
    " (select decode(substr(d, 8), 'hex') from jsonb_array_elements_text(%s::jsonb) d)"
)


@dataclass(frozen=True)
class Estimate:
    """How many entries match, exactly, and about how many bytes they are in each format."""

    entries: int
    sizes: dict[str, int]


def estimate(scopes: Sequence[str], filters: Filters) -> Estimate:
    """Count what matches, and say how large each export of it will be."""
    entries = totals.count(scopes, filters)
    if not entries:
        return Estimate(0, dict.fromkeys([BUNDLE, *FORMATS], 0))
    bodies = _sample(scopes, filters)
    said = [orjson.loads(body) for body in bodies]
    share = entries / len(said)
    sizes = {name: round(share * sum(map(len, written(name, iter(said))))) for name in FORMATS}
    whole = "" in scopes and filters == reading.NO_FILTER
    return Estimate(
        entries, {BUNDLE: FIXED + round(share * _packed(bodies, entries, whole)), **sizes}
    )


def _sample(scopes: Sequence[str], filters: Filters) -> list[str]:
    found = reading.matching(scopes, filters).order_by("id")
    columns = found.values_list("id", "body")
    first, last = found.first(), found.last()
    if first is None or last is None:
        return []
    span = last.id - first.id
    sampled = dict(columns.reverse()[:SAMPLED])
    for spot in range(SPOTS):
        sampled |= dict(columns.filter(id__gte=first.id + span * spot // SPOTS)[:SAMPLED])
    return list(sampled.values())


def _packed(bodies: list[str], entries: int, whole: bool) -> float:
    """Bytes of these entries in a bundle: their lines, payloads and, in a selection, proofs."""
    lines = len(zlib.compress("\n".join(bodies).encode(), 1))
    wanted = sorted(set(payload_digests(bodies)))
    with connection.cursor() as cursor:
        cursor.execute(_PAYLOADS, [orjson.dumps(wanted).decode()])
        payloads = int(cursor.fetchone()[0]) // 2 + 90 * len(wanted)
    return lines + payloads + (0 if whole else len(bodies) * _proof(entries))


def _proof(entries: int) -> float:
    """Bytes of one of so many proofs: the closer their leaves lie, the more hashes they share."""
    last = newest()
    size = max(2, last.size if last else 2)
    height = math.ceil(math.log2(size))
    fresh = min(height, math.log2(max(1, size / entries)) + 2)
    return PROOF + REPEATED * height + HASH * fresh
