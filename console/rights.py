"""The rights of the application role: all of our tables, except those that guard themselves.

The role that runs the program may read and write rows, and change no table. Tables of the ledger
are left out here, because the ledger's own migrations grant less on them.
"""

from __future__ import annotations

from django.conf import settings
from django.db import connections
from psycopg import sql

READ_ONLY = frozenset({"django_migrations"})

OWN_TABLES = """
select c.relname, c.relkind from pg_class c
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'S')
  and pg_get_userbyid(c.relowner) = current_user and c.relname not like 'audit\\_%%'
order by c.relname
"""


def grant_application_rights(using: str) -> None:
    """Grant the application role what it needs on every table that the current role owns."""
    role = sql.Identifier(settings.DATABASE_APP_ROLE)
    with connections[using].cursor() as cursor:
        cursor.execute("select current_user")
        if cursor.fetchone() == (settings.DATABASE_APP_ROLE,):
            return
        cursor.execute(OWN_TABLES, [])
        for name, kind in cursor.fetchall():
            cursor.execute(_grant(name, kind).format(name=sql.Identifier(name), role=role))


def _grant(name: str, kind: str) -> sql.SQL:
    if kind == "S":
        return sql.SQL("grant usage, select on sequence {name} to {role}")
    if name in READ_ONLY:
        return sql.SQL("grant select on {name} to {role}")
    return sql.SQL("grant select, insert, update, delete on {name} to {role}")
