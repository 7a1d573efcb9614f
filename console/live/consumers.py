"""A live connection: tells one page of one person what was committed, coalesced, until it closes.

It needs no channel layer: feeder and page live in the same process, so it goes on without Redis.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import orjson
import structlog
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error

from audit.following import Reading
from console.live.composing import Composer, SignedOut
from console.live.feeder import FEEDER
from console.live.pending import Pending
from console.live.threads import in_thread
from console.live.visits import visit_of

FLUSH_EVERY_S = 0.25
LOOK_EVERY_S = 5.0
"""How often it is asked whether the person is still signed in when nothing happens."""

AWAY_S = 1.0
LONGEST_SAID = 1000
"""Longest message read from a page, in characters."""

SIGNED_OUT = 4401
"""Close code: do not come back with this session."""

FAILED = 1011
TRY_LATER = 1013

log = structlog.get_logger(__name__)


class LiveConsumer(AsyncWebsocketConsumer):
    """The server's end of a page's socket."""

    async def connect(self) -> None:
        """Let in a page of ours; listen first, then look at what it missed since it was made."""
        self._pump: asyncio.Task[None] | None = None
        visit = visit_of(self.scope)
        if visit is None:
            await self.close()
            return
        self._composer = Composer(visit)
        self._heard = asyncio.Event()
        self._pending = Pending()
        self._checkpoint: int | None = None
        self._paused = False
        self._seq = 0
        try:
            await self._begin()
        except (SignedOut, Error) as refusal:
            FEEDER.leave(self)
            await self.close(TRY_LATER if isinstance(refusal, Error) else None)
        except BaseException:
            FEEDER.leave(self)
            raise

    async def _begin(self) -> None:
        self._scopes = await in_thread(self._composer.admit)
        await FEEDER.join(self)
        self._take(await in_thread(self._composer.missed))
        await self.accept()
        self._pump = asyncio.create_task(self._pump_news(), name="live-connection")
        self._pump.add_done_callback(self._pump_ended)

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 - Channels' signature
        """Stop listening."""
        FEEDER.leave(self)
        if self._pump is not None:
            self._pump.cancel()

    def hear(self, reading: Reading) -> None:
        """Keep what was committed until the next message is due."""
        self._pending.add(reading.news, complete=reading.complete)
        self._pending.sealed |= reading.checkpoint != self._checkpoint
        self._checkpoint = reading.checkpoint
        self._heard.set()

    async def receive(self, text_data: str | None = None, *_: Any, **__: Any) -> None:
        """Pause or go on, as the page says; anything else is not understood and ignored."""
        if text_data is None or len(text_data) > LONGEST_SAID:
            return
        try:
            said = orjson.loads(text_data)
        except orjson.JSONDecodeError:
            return
        if isinstance(said, dict) and isinstance(said.get("pause"), bool):
            self._paused = said["pause"]
            self._heard.set()

    async def _pump_news(self) -> None:
        while True:
            began = time.monotonic()
            try:
                await self._say()
            except SignedOut:
                await self.close(SIGNED_OUT)
                return
            except OSError:
                return  # the page is gone
            except Error as error:
                log.warning("page_not_updated", error=str(error))
                await asyncio.sleep(AWAY_S)
                continue
            # a page that took long to compose is given as long a rest
            took = time.monotonic() - began
            await asyncio.sleep(max(FLUSH_EVERY_S - took, took if self._seq > 1 else 0))
            await self._wait()

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._heard.wait(), LOOK_EVERY_S)
        except TimeoutError:
            return

    async def _say(self) -> None:
        """Send what is pending; while paused only how much it is."""
        self._heard.clear()
        if self._paused or not (self._pending or self._seq == 0):
            self._scopes = await in_thread(self._composer.admit)
            if self._paused:
                await self._send({"held": self._pending.held(self._scopes)})
            return
        taken, self._pending = self._pending, Pending()
        try:
            message = await in_thread(self._composer.compose, taken)
        except Error:
            self._take(taken)
            raise
        if message.keys() > {"at"} or self._seq == 0:
            await self._send(message)

    def _take(self, earlier: Pending) -> None:
        """Put back what is older than everything that is pending."""
        newer, self._pending = self._pending, earlier
        self._pending.follow(newer)
        self._heard.set()

    async def _send(self, message: dict[str, Any]) -> None:
        await self.send(text_data=orjson.dumps({**message, "seq": self._seq}).decode())
        self._seq += 1

    def _pump_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            log.error("live_connection_failed", exc_info=error)
            self._closing = asyncio.ensure_future(self.close(FAILED))
