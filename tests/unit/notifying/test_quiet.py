"""When a channel may carry a message."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from orchestration.notifying.quiet import Rhythm

ZURICH = ZoneInfo("Europe/Zurich")
NIGHT = Rhythm(ZURICH, time(22), time(7))

moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is the strategy's
hours = st.times().map(lambda at: at.replace(microsecond=0, tzinfo=None))
zones = st.sampled_from(["UTC", "Europe/Zurich", "America/New_York", "Asia/Kolkata"]).map(ZoneInfo)
rhythms = st.builds(
    Rhythm, zones, hours, hours, st.integers(0, 1440).map(lambda m: timedelta(minutes=m))
)


def test_the_night_goes_over_midnight_and_ends_in_the_morning() -> None:
    late = datetime(2026, 3, 10, 23, 30, tzinfo=ZURICH)
    assert NIGHT.next_moment(late, None) == datetime(2026, 3, 11, 7, 0, tzinfo=ZURICH)


def test_the_night_in_which_clocks_change_ends_at_seven_all_the_same() -> None:
    late = datetime(2026, 3, 28, 23, 30, tzinfo=ZURICH)
    assert NIGHT.next_moment(late.astimezone(UTC), None) == datetime(
        2026, 3, 29, 7, 0, tzinfo=ZURICH
    )


def test_by_day_a_message_goes_at_once() -> None:
    noon = datetime(2026, 3, 10, 12, tzinfo=ZURICH)
    assert NIGHT.next_moment(noon, None) == noon


def test_after_a_message_the_next_one_gathers() -> None:
    rhythm = Rhythm(ZURICH, digest=timedelta(minutes=30))
    noon = datetime(2026, 3, 10, 12, tzinfo=ZURICH)
    told = noon - timedelta(minutes=10)
    assert rhythm.next_moment(noon, told) == noon + timedelta(minutes=20)


@given(rhythms, moments, moments | st.none())
def test_what_may_go_is_never_quiet_never_early_and_never_in_the_past(
    rhythm: Rhythm, now: datetime, told_at: datetime | None
) -> None:
    moment = rhythm.next_moment(now, told_at)
    assert moment >= now
    assert not rhythm.is_quiet(moment)
    assert told_at is None or moment >= told_at + rhythm.digest


@given(rhythms, moments)
def test_nobody_waits_longer_than_a_day_for_the_end_of_quiet_hours(
    rhythm: Rhythm, now: datetime
) -> None:
    assert rhythm.next_moment(now, None) - now <= timedelta(hours=25)
