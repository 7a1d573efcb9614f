"""When a channel may carry a message: outside its quiet hours, and not in a flood. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Rhythm:
    """When messages may go out.

    Attributes:
        quiet_from, quiet_until: hours of the day in `zone`, over midnight when the first is later;
            both None, or equal, for none.
        digest: the least time between two messages.
    """

    zone: ZoneInfo
    quiet_from: time | None = None
    quiet_until: time | None = None
    digest: timedelta = timedelta()

    def is_quiet(self, moment: datetime) -> bool:
        """Whether a moment lies in the quiet hours."""
        begin, end = self.quiet_from, self.quiet_until
        if begin is None or end is None:
            return False
        at = moment.astimezone(self.zone).time()
        return begin <= at < end if begin <= end else at >= begin or at < end

    def next_moment(self, now: datetime, told_at: datetime | None) -> datetime:
        """The first moment from now on at which a message may go; `told_at` had the last one."""
        moment = now if told_at is None else max(now, told_at + self.digest)
        if self.quiet_until is None or not self.is_quiet(moment):
            return moment
        return _next(self.quiet_until, moment.astimezone(self.zone)).astimezone(moment.tzinfo)


def _next(hour: time, local: datetime) -> datetime:
    """The first moment after a local one at which the clock there shows an hour."""
    found = datetime.combine(local.date(), hour, local.tzinfo)
    if found <= local:
        found = datetime.combine(local.date() + timedelta(days=1), hour, local.tzinfo)
    return found
