"""Times and names as they are typed into the search of the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from audit.queries import moment_of
from console.presenters.ledger import age

NOW = datetime(2026, 11, 21, 14, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("15m", NOW - timedelta(minutes=15)),
        ("2h", NOW - timedelta(hours=2)),
        ("3d", NOW - timedelta(days=3)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T08:30", datetime(2026, 11, 20, 8, 30, tzinfo=UTC)),
        ("2026-11-20T08:30:00+01:00", datetime(2026, 11, 20, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_a_date_a_moment_or_a_span_back_from_now(typed: str, meant: datetime) -> None:
    assert moment_of(typed, NOW) == meant


@pytest.mark.parametrize("typed", ["soon", "", "m", "-5h", "99999999999d", "2026-13-01", "1.5h"])
def test_what_is_no_time_is_told_from_one(typed: str) -> None:
    assert moment_of(typed, NOW) is None


def test_ages_fit_a_narrow_column() -> None:
    assert age(NOW - timedelta(seconds=59.9), NOW) == timedelta(seconds=59)
    assert age(NOW - timedelta(minutes=18, seconds=27), NOW) == timedelta(minutes=18)
    assert age(NOW + timedelta(seconds=1), NOW) == timedelta(0)
