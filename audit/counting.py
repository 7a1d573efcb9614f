"""Counts new entries into the cells that `audit.totals` adds up; run by the sealer's process."""

from __future__ import annotations

from django.db import connection


def count_new() -> int:
    """Count the entries that became visible since the last time; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("select audit_count()")
        return int(cursor.fetchone()[0])
