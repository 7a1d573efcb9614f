"""Identifiers that sort by the time they were made: UUID version 7 (RFC 9562, section 5.7).

Made here and not in the database, so that any PostgreSQL from 15 on will do.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from datetime import datetime

_lock = threading.Lock()
_last = 0


def new_id() -> uuid.UUID:
    """A new UUIDv7: 48 bits of Unix milliseconds, 12 bits that keep order within one, 62 random."""
    global _last
    with _lock:
        moment = (time.time_ns() // 1_000_000) << 12
        _last = max(_last + 1, moment)
        stamp = _last
    random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    value = ((stamp >> 12) << 80) | (7 << 76) | ((stamp & 0xFFF) << 64) | (2 << 62) | random
    return uuid.UUID(int=value)


def least_id(moment: datetime) -> uuid.UUID:
    """What every identifier made at that moment or later is at least, to the millisecond.

    `moment` is aware. With it a span of time is a range of an index on identifiers.
    """
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)
