"""How migrations run the ledger's SQL, and what the application's role may do with its tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.apps.registry import Apps
from django.conf import settings
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from audit.entries import COLUMNS

GRANTS: dict[str, tuple[str, ...]] = {
    "0001": (
        "select on audit_entry, audit_payload, audit_subject_key, audit_leaf, audit_tile,"
        " audit_checkpoint",
        f"insert ({', '.join(COLUMNS)}, body) on audit_entry",
        "usage on sequence audit_entry_id_seq",
        "insert (digest, salt, body, subjects) on audit_payload",
        "insert (id, subject, secret) on audit_subject_key",
        "insert on audit_leaf, audit_tile, audit_checkpoint",
        "execute on function audit_make_partitions(int)",
    ),
    "0002": (
        "select on audit_key, audit_cosignature, audit_sealer",
        "insert (verifier, endorsement) on audit_key",
        "insert (size, witness, line) on audit_cosignature",
        "update (seen_at, problem, witness_problem) on audit_sealer",
    ),
    "0003": (
        "select on audit_hold, audit_erasure, audit_removal",
        "insert (id, covers, value, entry) on audit_hold",
        "update (released_at) on audit_hold",
        "execute on function audit_erase_subject(text, uuid)",
        "execute on function audit_remove_payloads(timestamptz, uuid, int)",
    ),
    "0004": (
        "select, insert, delete on audit_search",
        "select on audit_search_position",
        "update (leaf_index) on audit_search_position",
    ),
    "0006": (
        "select, insert, update on audit_witness",
        "select on audit_dropped",
        "execute on function audit_drop_month(date, uuid)",
    ),
    "0007": ("select, insert on audit_leaf", "select on audit_placed"),
    "0008": (
        "select on audit_tally, audit_tally_position",
        "select, insert, delete on audit_search",
        "execute on function audit_count()",
    ),
}
"""The application adds; ids, times, transactions and hashes are the database's to give."""


SCRIPTS = Path(__file__).parent / "sql"


def script(*names: str) -> Callable[[Apps, BaseDatabaseSchemaEditor], None]:
    """A migration step that runs SQL files of several statements.

    Unlike RunSQL it works on connections that prepare every statement, which must be single ones.
    """

    def run(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        text = "\n".join((SCRIPTS / f"{name}.sql").read_text() for name in names)
        with editor.connection.cursor() as cursor:
            cursor.connection.execute(text, prepare=False)

    return run


def grant(migration: str) -> Callable[[Apps, BaseDatabaseSchemaEditor], None]:
    """A migration step that grants the application role its rights on what the migration made.

    There is nothing to grant when the owner runs everything.
    """

    def run(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        role: str = settings.DATABASE_APP_ROLE
        with editor.connection.cursor() as cursor:
            cursor.execute("select current_user = %s", [role])
            if not role or cursor.fetchone()[0]:
                return
            for right in GRANTS[migration]:
                cursor.execute(f"grant {right} to {editor.quote_name(role)}")

    return run
