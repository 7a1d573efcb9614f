"""Full-text search over entries, kept up to date behind the sealer.

What is indexed is what a body says, which holds no personal data, and nothing of payloads; so
erasure has nothing to remove here. An entry can be found about a second after it was sealed.
"""

from __future__ import annotations

from django.db import connection, transaction

from audit.models import Entry
from audit.reading import NO_FILTER, Filters, Page, matching

PORTION = 5000
"""Entries indexed in one transaction at most."""

_ADVANCE = """
with place as (select leaf_index from audit_search_position where id = 1 for update),
todo as materialized (
  select l.leaf_index, e.id, e.scope, e.body
  from place cross join audit_leaves(place.leaf_index, place.leaf_index + %s) l
  left join audit_entry e on e.id = l.entry),
filled as (
  insert into audit_search (entry, scope, words)
  select id, scope, to_tsvector('simple', translate(body, '{}[]",:._/-', '           '))
  from todo where id is not null
  on conflict (entry) do nothing)
update audit_search_position set leaf_index = leaf_index + (select count(*) from todo)
where id = 1 returning (select count(*) from todo)
"""


def index_sealed() -> int:
    """Index the next sealed entries; returns how many, 0 when there is nothing to do."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ADVANCE, [PORTION])
        return int(cursor.fetchone()[0])


def search(
    scopes: list[str],
    words: str,
    filters: Filters = NO_FILTER,
    *,
    before: int | None = None,
    limit: int = 50,
) -> Page:
    """Visible sealed entries that say all these words, newest first."""
    wanted = " ".join(words.translate(str.maketrans('{}[]",:._/-', " " * 11)).split())
    if not wanted:
        return Page([], None)
    found = matching(scopes, filters).extra(
        where=[
            "id in (select entry from audit_search where words @@ plainto_tsquery('simple', %s))"
        ],
        params=[wanted],
    )
    if before is not None:
        found = found.filter(id__lt=before)
    rows: list[Entry] = list(found.order_by("-id")[: limit + 1])
    return Page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)
