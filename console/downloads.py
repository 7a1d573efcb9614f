"""Answers that are files of any length, sent while they are made.

A server that speaks ASGI would collect a plain iterator in memory first, so it gets one that waits
for each part in the request's own thread, which keeps its database connection.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse


def download(
    request: HttpRequest, parts: Iterator[bytes], *, name: str, media_type: str
) -> StreamingHttpResponse:
    """An attachment with this file name; `parts` is asked for the next one when it can be sent."""
    body = _awaited(parts) if isinstance(request, ASGIRequest) else parts
    answer = StreamingHttpResponse(body, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer


async def _awaited(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    take = sync_to_async(lambda: next(parts, None))
    while (part := await take()) is not None:
        yield part
