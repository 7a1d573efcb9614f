"""Waking feeders early. News are read from PostgreSQL four times a second in any case."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import redis
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

CHANNEL = "signalbox.news"
PATIENCE_S = 0.2

QUIET = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Requests that change nothing a page shows."""

log = structlog.get_logger(__name__)


def wake() -> None:
    """Say that something was committed. Without Redis nobody hears it, and nothing is lost."""
    try:
        _client(settings.REDIS_URL).publish(CHANNEL, b"")
    except redis.RedisError as error:
        log.debug("nobody_woken", error=str(error))


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S, retry=None
    )


class WakeMiddleware:
    """Wakes the feeders after every request that may have changed something."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, then wake."""
        response = self.get_response(request)
        if request.method not in QUIET:
            wake()
        return response
