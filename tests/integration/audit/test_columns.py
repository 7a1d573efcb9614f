"""Whatever column of an entry is changed, a verification names the entry and the column.

The columns and their types are read from the database, so that a new column is covered at once.
"""

from __future__ import annotations

from django.db import connection

from audit.entries import COLUMNS
from tests.integration.audit.conftest import History

CHANGES = {
    "text": "coalesce({0}, '') || 'x'",
    "uuid": "gen_random_uuid()",
    "bigint": "coalesce({0}, 0) + 1000000",
    "timestamp with time zone": "{0} - interval '1 second'",
    "xid8": "({0}::text::bigint + 1)::text::xid8",
    "bytea": "sha256(coalesce({0}, ''))",
}
"""How a value of each type becomes another one."""

ONLY_IN_THE_ROW = {"leaf_hash": "leaf hash", "body": "leaf hash"}
"""Columns that no member of the body repeats, and what is said of them."""


def columns() -> dict[str, str]:
    """The columns of an entry and their types."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select column_name, data_type from information_schema.columns"
            " where table_name = 'audit_entry' order by ordinal_position"
        )
        return dict(cursor.fetchall())


def test_each_column_of_an_entry_is_compared_with_its_body(history: History) -> None:
    found = columns()
    assert set(found) >= set(COLUMNS) | {"id", "recorded_at", "xid", "body"}
    place = dict(enumerate(found, start=10))
    for leaf, name in place.items():
        changed = CHANGES[found[name]].format(name)
        (count,) = history.tamper(
            f"update audit_entry set {name} = {changed}"
            f" where id = (select entry from audit_placed where leaf_index = {leaf})"
        )
        assert count == 1
    told = {fault.index: fault.reason for fault in reversed(history.verify().faults)}
    for leaf, name in place.items():
        expected = ONLY_IN_THE_ROW.get(name, f"column {name} ")
        missing = name == "id" and told[leaf] == "the entry is missing"
        assert expected in told[leaf] or missing, f"{name}: {told[leaf]}"


def test_one_changed_column_blames_its_entry_and_no_other(
    history: History,
) -> None:
    entry = "(select entry from audit_placed where leaf_index = 70)"
    for name, kind in columns().items():
        if name in ONLY_IN_THE_ROW or name == "id":
            continue
        kept = f"kept_{name}"
        history.tamper(
            f"create table {kept} as select {name} as was from audit_entry where id = {entry}",
            f"update audit_entry set {name} = {CHANGES[kind].format(name)} where id = {entry}",
        )
        report = history.verify()
        first = report.first()
        assert first is not None, name
        assert {fault.index for fault in report.faults} == {70}, f"{name}: {report}"
        assert first.reason.startswith(f"column {name} holds"), first.reason
        history.tamper(
            f"update audit_entry set {name} = (select was from {kept}) where id = {entry}"
        )
    assert history.verify().sound
