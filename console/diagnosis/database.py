"""Probes of PostgreSQL: reachable, recent enough, migrated, our role as weak as it should be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from console.diagnosis.findings import Finding, expect, fine, warning, wrong

OLDEST_VERSION = 15
LARGEST_SKEW_SECONDS = 2.0
LEDGER_RIGHTS = """
select string_agg(distinct p, ', ')
from pg_partition_tree('audit_entry') as part, unnest(array['UPDATE', 'DELETE', 'TRUNCATE']) as p
where has_table_privilege(part.relid, p)
"""
LOOSE_TRIGGERS = """
select count(*) filter (where tgenabled = 'A'), count(*)
from pg_trigger join pg_partition_tree('audit_entry') as part on tgrelid = part.relid
where not tgisinternal
"""


def look() -> Iterator[Finding]:
    """Look at the database; the rest is left out if it does not answer."""
    if not settings.DATABASE_CONFIGURED:
        yield wrong(
            "doctor.database",
            "no database is configured, and nothing was ever started in this state folder",
            "Run `make run`, or set DATABASE_URL (and DATABASE_OWNER_URL for migrations).",
        )
        return
    try:
        yield _version()
    except DatabaseError as error:
        yield wrong(
            "doctor.database",
            f"the database does not answer: {str(error).strip().splitlines()[0]}",
            "Start it (`make run` starts the embedded one), or correct DATABASE_URL.",
        )
        return
    migrated = _migrated()
    yield migrated
    yield from _role()
    yield _clock()
    if not migrated.mend:
        yield _ledger_rights()
        yield _ledger_triggers()


def _one(query: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return tuple(cursor.fetchone() or ())


def _version() -> Finding:
    (number,) = _one("select current_setting('server_version_num')::int / 10000")
    return expect(
        number >= OLDEST_VERSION,
        fine("doctor.database", f"PostgreSQL {number} answers"),
        wrong(
            "doctor.database",
            f"this is PostgreSQL {number}",
            f"Use PostgreSQL {OLDEST_VERSION} or newer.",
        ),
    )


def _migrated() -> Finding:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return expect(
        not missing,
        fine("doctor.migrations", "all migrations are applied"),
        wrong(
            "doctor.migrations",
            f"{len(missing)} migrations are not applied",
            "Run `python manage.py setup` with DATABASE_OWNER_URL set, or `make run`.",
        ),
    )


def _role() -> Iterator[Finding]:
    superuser, creates, role = _one(
        "select rolsuper, has_schema_privilege(current_schema(), 'CREATE'), current_user"
        " from pg_roles where rolname = current_user"
    )
    yield expect(
        not superuser and not creates,
        fine("doctor.role", f"{role} may change rows and no table"),
        wrong(
            "doctor.role",
            f"{role} {'is a superuser' if superuser else 'may change tables'}, so that a fault in"
            " the program could rewrite the ledger",
            "Make a second role that owns nothing, name it in DATABASE_URL, and name the owner in"
            " DATABASE_OWNER_URL for migrations only.",
        ),
    )


def _clock() -> Finding:
    (there,) = _one("select extract(epoch from clock_timestamp())::float8")
    skew = abs(time.time() - there)
    return expect(
        skew <= LARGEST_SKEW_SECONDS,
        fine("doctor.clock", "this machine's clock agrees with the database's"),
        warning(
            "doctor.clock",
            f"this machine's clock and the database's are {skew:.0f} s apart",
            "Let both machines keep time by NTP; leases and expiries depend on it.",
        ),
    )


def _ledger_rights() -> Finding:
    (rights,) = _one(LEDGER_RIGHTS)
    return expect(
        not rights,
        fine(
            "doctor.ledger-rights", "the program may append to the ledger and change nothing in it"
        ),
        wrong(
            "doctor.ledger-rights",
            f"the program's role has {rights} on the ledger",
            "Revoke it, and connect with a role that does not own the tables (DATABASE_URL).",
        ),
    )


def _ledger_triggers() -> Finding:
    always, every = _one(LOOSE_TRIGGERS)
    return expect(
        0 < always == every,
        fine("doctor.ledger-triggers", "the ledger refuses changes, whoever asks"),
        wrong(
            "doctor.ledger-triggers",
            f"{every - always} of {every} triggers that protect the ledger are switched off",
            "Find out who did that. `alter table audit_entry enable always trigger all` as the"
            " owner puts them back; then run `manage.py ledger verify`.",
        ),
    )
