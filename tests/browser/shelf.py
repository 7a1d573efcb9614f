"""A small server that shows templates filled with samples, under the policy of production.

Screens with real data are tested through the real console; here the parts are, with exactly the
steps a test wants on screen.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from csp.utils import build_policy
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import RequestFactory

Pages = dict[str, Callable[[], tuple[str, dict[str, Any]]]]


class Quiet(WSGIRequestHandler):
    """Serves without writing a log line for each request."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is given
        pass


class Shelf:
    """Answers `/<name>` with a page made from a template and a context, `/static/` with files."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.asked: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        self.asked.append(f"{path}?{query}" if query else path)
        if path.startswith("/static/"):
            return self._file(path.removeprefix("/static/"), start_response)
        made = self.pages.get(path.strip("/"))
        if made is None:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"no such page"]
        cookie = environ.get("HTTP_COOKIE", "")
        request = RequestFactory(HTTP_COOKIE=cookie).get(path, QUERY_STRING=query)
        template, context = made()
        body = render_to_string(template, context, request).encode()
        headers = {"Content-Type": "text/html; charset=utf-8"}
        headers["Content-Security-Policy"] = build_policy()
        start_response("200 OK", list(headers.items()))
        return [body]

    def _file(self, name: str, start_response: Any) -> list[bytes]:
        found = finders.find(name)
        if not found:
            start_response("404 Not Found", [])
            return []
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        start_response("200 OK", [("Content-Type", kind)])
        return [Path(found).read_bytes()]


@contextmanager
def serving(pages: Pages) -> Iterator[tuple[Shelf, str]]:
    """Serve the pages on a free port; yields the shelf and its address."""
    shelf = Shelf(pages)
    server = WSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(shelf)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield shelf, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
