"""The feeder: one for each web process, reads what was committed and tells the open pages of it.

It reads four times a second while somebody listens; Redis only wakes it early. While the database
is away it keeps its position, so that nothing is missed when it is back.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

import redis.asyncio
import structlog
from django.conf import settings
from django.db import Error
from redis.exceptions import RedisError

from audit.following import Reading, UnknownPosition, position, read_since
from console.live.threads import in_thread
from console.live.waking import CHANNEL

EVERY_S = 0.25
LEAST_S = 0.05
"""Between two readings, however often it is woken."""

AWAY_S = 1.0
"""Before the database, or Redis, is tried again."""

log = structlog.get_logger(__name__)


class Listener(Protocol):
    """Somebody who wants to hear of what was committed."""

    def hear(self, reading: Reading) -> None:
        """Take note of it; called on the event loop, must not wait."""


class Feeder:
    """Reads on behalf of all listeners of a process."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()
        self._woken = asyncio.Event()
        self._position: str | None = None
        self._checkpoint: int | None = None

    async def join(self, listener: Listener) -> None:
        """Listen from now on: everything that commits after this returns will be heard."""
        self._listeners.add(listener)
        if self._task is None or self._task.done():
            self._begun, self._woken, self._position = asyncio.Event(), asyncio.Event(), None
            self._task = asyncio.create_task(self._run(), name="feeder")
        await self._begun.wait()

    def leave(self, listener: Listener) -> None:
        """Listen no longer. The last one to leave stops the reading."""
        self._listeners.discard(listener)

    async def _run(self) -> None:
        waker = asyncio.create_task(self._listen_to_redis(), name="feeder-waker")
        try:
            while self._listeners:
                await self._pause(await self._read())
        finally:
            waker.cancel()

    async def _read(self) -> float:
        """Read once and tell; returns how long to wait before the next reading, in seconds."""
        try:
            if self._position is None:
                self._position = await in_thread(position)
                self._begun.set()
            else:
                reading = await in_thread(read_since, self._position)
                self._position = reading.position
                self._tell(reading)
        except UnknownPosition:
            log.warning("position_lost", position=self._position)
            self._position = None
            self._tell(Reading("", [], complete=False, checkpoint=self._checkpoint))
        except Error as error:
            log.warning("news_not_read", error=str(error))
            return AWAY_S
        return EVERY_S

    def _tell(self, reading: Reading) -> None:
        if reading.news or not reading.complete or reading.checkpoint != self._checkpoint:
            self._checkpoint = reading.checkpoint
            for listener in list(self._listeners):
                listener.hear(reading)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(LEAST_S)
        try:
            await asyncio.wait_for(self._woken.wait(), seconds - LEAST_S)
        except TimeoutError:
            return
        finally:
            self._woken.clear()

    async def _listen_to_redis(self) -> None:
        while True:
            try:
                async with (
                    redis.asyncio.Redis.from_url(settings.REDIS_URL) as client,
                    client.pubsub() as heard,
                ):
                    await heard.subscribe(CHANNEL)
                    async for _ in heard.listen():
                        self._woken.set()
            except (RedisError, OSError) as error:
                log.debug("not_woken_early", error=str(error))
            await asyncio.sleep(AWAY_S)


FEEDER = Feeder()
"""The one of this process."""
