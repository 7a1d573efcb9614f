"""Words that people search for, as conditions on entries; pure.

Sealed entries are found by the index that the sealer's process fills. Those it has not come to yet
are few and looked through one by one, so that an entry is found from the moment it is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

_APART = str.maketrans('{}[]",:._/-', " " * 11)
"""What stands between words, the same as in the function audit_words."""

SHORTEST_BEGINNING = 3
"""From so many characters on, the beginning of a word is enough to find it."""

SAYS = """
audit_entry.id in (
  select s.entry from audit_search s where s.words @@ to_tsquery('simple', %s)
  union all
  select e.id
  from audit_leaves((select leaf_index from audit_search_position), 9223372036854775807) l
  join audit_entry e on e.id = l.entry
  where audit_words(e) @@ to_tsquery('simple', %s)
  union all
  select e.id from audit_entry e
  join (select coalesce((select snapshot from audit_checkpoint order by id desc limit 1),
    '1:1:') as snapshot) last
    on e.xid >= pg_snapshot_xmax(last.snapshot) or e.xid in (select pg_snapshot_xip(last.snapshot))
  where audit_words(e) @@ to_tsquery('simple', %s)
  union all
  select e.id from audit_entry e where e.entry_id = %s::uuid
  union all
  select e.id from audit_entry e where e.goal = %s::uuid)
"""
"""An entry says these words, or is the one, or under the goal, that an identifier names."""


def parameters(texts: Iterable[str]) -> list[str | None]:
    """What to pass for each `SAYS`, in order: three times the query, twice the identifier."""
    given: list[str | None] = []
    for text in texts:
        given += [query(text)] * 3 + [_identifier(text)] * 2
    return given


def query(text: str) -> str:
    """A text search query that asks for all words of a text, or for nothing there is."""
    words = text.replace("\x00", "").translate(_APART).split()
    return " & ".join(map(_quoted, words)) or "''"


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'" + (":*" if len(word) >= SHORTEST_BEGINNING else "")


def _identifier(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None
