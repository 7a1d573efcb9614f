"""Keeps the full-text index of entries up to date, behind the sealer; `audit.words` asks it.

What is indexed is what a body says in words, which holds no personal data, and nothing of payloads;
so erasure has nothing to remove here.
"""

from __future__ import annotations

import time

from django.db import connection, transaction

PORTION = 500
"""Entries indexed in one transaction at most."""

_ADVANCE = """
with place as (select leaf_index from audit_search_position where id = 1 for update),
todo as materialized (
  select l.leaf_index, e.id, case when e.id is not null then audit_words(e) end as words
  from place cross join audit_leaves(place.leaf_index, place.leaf_index + %s) l
  left join audit_entry e on e.id = l.entry),
filled as (
  insert into audit_search (entry, words) select id, words from todo where id is not null
  on conflict (entry) do nothing)
update audit_search_position set leaf_index = leaf_index + (select count(*) from todo)
where id = 1 returning (select count(*) from todo)
"""


def index_sealed() -> int:
    """Index the next sealed entries; returns how many, 0 when there is nothing to do."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ADVANCE, [PORTION])
        return int(cursor.fetchone()[0])


def index_for(seconds: float) -> int:
    """Index sealed entries until all are or the time is up; returns how many."""
    done, until = 0, time.monotonic() + seconds
    while portion := index_sealed():
        done += portion
        if portion < PORTION or time.monotonic() >= until:
            break
    return done
