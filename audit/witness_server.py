"""A small witness with its own key and its own memory: add-checkpoint over HTTP.

Belongs on another host, under another administrator; `manage.py up` runs one beside the rest to
show the whole mechanism. It knows no database and no Django.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from audit import keys
from audit.keys import SigningKey
from audit.notes import (
    COSIGNATURE,
    ED25519,
    BadNote,
    Note,
    TreeHead,
    VerifierKey,
    parse_head,
    parse_key,
    parse_note,
)
from audit.trust import believed
from audit.witness import Answer, judge, parse_submission

LARGEST_REQUEST = 64 * 1024
READ_TIMEOUT_S = 5.0


class Witness:
    """Judges submissions and remembers on disk, before it answers, what it accepted.

    The folder holds `witness.key`, `logs` (one verifier key a line) and one note a log under
    `seen/`. Without `logs` the first key that a log shows is pinned, as ssh does with hosts.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.key: SigningKey = keys.load_or_make(folder / "witness.key", name, COSIGNATURE)
        (folder / "seen").mkdir(exist_ok=True)
        self._lock = threading.Lock()

    def add(self, text: str, offered: str = "", endorsement: str = "") -> Answer:
        """Judge a request.

        `offered` is the log's verifier key: heeded where none is pinned yet, or where a pinned one
        vouches for it in `endorsement`, a signed note in base64.
        """
        try:
            asked = parse_submission(text)
        except BadNote as error:
            return Answer(HTTPStatus.BAD_REQUEST, f"{error}\n")
        with self._lock:
            self._learn(asked.head.origin, offered, endorsement)
            logs = self._logs()
            seen = self._seen(asked.head.origin)
            known = {asked.head.origin: seen} if seen else {}
            answer = judge(asked, logs, known, keys.check)
            if not answer.accepted:
                return answer
            line = self.key.cosign(asked.note.text)
            note = Note(asked.note.text, (*asked.note.signatures, line))
            _write(self._path(asked.head.origin), str(note))
        return Answer(HTTPStatus.OK, line.line(), accepted=True)

    def last(self, name: str) -> str | None:
        """The last note that was cosigned for the log whose origin has this SHA-256."""
        path = self.folder / "seen" / name
        return path.read_text() if name.isalnum() and path.exists() else None

    def _path(self, origin: str) -> Path:
        return self.folder / "seen" / sha256(origin.encode()).hexdigest()

    def _seen(self, origin: str) -> TreeHead | None:
        path = self._path(origin)
        return parse_head(parse_note(path.read_text()).text) if path.exists() else None

    def _learn(self, origin: str, offered: str, endorsement: str) -> None:
        """Pin the first key of the first log, or a successor that a pinned key vouched for."""
        if not offered:
            return
        key, path = parse_key(offered), self.folder / "logs"
        pinned = self._logs().get(origin, [])
        if key.name != origin or key.kind != ED25519 or key in pinned:
            return
        note = base64.b64decode(endorsement).decode()
        vouched = any(key in believed(one, [(key, note)], keys.check) for one in pinned)
        if not path.exists() or vouched:
            before = path.read_text() if path.exists() else ""
            _write(path, f"{before}{key}\n")

    def _logs(self) -> dict[str, list[VerifierKey]]:
        path = self.folder / "logs"
        found: dict[str, list[VerifierKey]] = {}
        for line in path.read_text().splitlines() if path.exists() else []:
            key = parse_key(line)
            found.setdefault(key.name, []).append(key)
        return found


def _write(path: Path, text: str) -> None:
    """Replace a file so that a crash leaves the old one or the new one, on disk."""
    draft = path.with_suffix(".new")
    with draft.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


class _Handler(BaseHTTPRequestHandler):
    """Reads requests and writes answers."""

    witness: Witness
    protocol_version = "HTTP/1.1"
    timeout = READ_TIMEOUT_S

    def do_POST(self) -> None:
        """POST /add-checkpoint."""
        length = self.headers.get("Content-Length") or "0"
        fits = length.isdecimal() and int(length) <= LARGEST_REQUEST
        if self.path != "/add-checkpoint" or not fits:
            self._reply(Answer(HTTPStatus.NOT_FOUND))
            self.close_connection = True
            return
        try:
            text = self.rfile.read(int(length)).decode()
            given = [self.headers.get(f"X-Log-{name}", "") for name in ("Key", "Endorsement")]
            answer = self.witness.add(text, *given)
        except ValueError:
            answer = Answer(HTTPStatus.BAD_REQUEST, "this cannot be read\n")
        except OSError as error:
            why = f"what is signed must be remembered first, and cannot: {error.strerror}\n"
            answer = Answer(HTTPStatus.SERVICE_UNAVAILABLE, why)
        self._reply(answer)

    def do_GET(self) -> None:
        """GET /<sha256 of the origin>/checkpoint: what was cosigned last. GET /key: who signs."""
        if self.path == "/key":
            self._reply(Answer(HTTPStatus.OK, json.dumps(str(self.witness.key.verifier))))
            return
        found = self.witness.last(self.path.removesuffix("/checkpoint").strip("/"))
        self._reply(Answer(HTTPStatus.OK, found) if found else Answer(HTTPStatus.NOT_FOUND))

    def _reply(self, answer: Answer) -> None:
        body = answer.text.encode()
        self.send_response(answer.status)
        conflict = answer.status == HTTPStatus.CONFLICT
        self.send_header("Content-Type", "text/x.tlog.size" if conflict else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: a request a second is no news."""


def serve(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """A server bound to an address; call `serve_forever` on it."""
    handler = type("Handler", (_Handler,), {"witness": witness})
    return ThreadingHTTPServer((host, port), handler)
