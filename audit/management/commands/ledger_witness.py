"""`manage.py ledger_witness`: a witness of a ledger, with a key and a memory of its own."""

from __future__ import annotations

import os
import secrets
import signal
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from audit import witnessing
from audit.witness_server import Witness, serve


class Command(BaseCommand):
    """Runs a witness; on the ledger's own host it also enters itself into the ledger's list."""

    help = "Cosign checkpoints that continue what was seen before. Run it on another host."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Where it keeps its state and listens, and what it is called."""
        parser.add_argument("--folder", type=Path, help="its key and memory; default DATA/witness")
        name = f"signalbox/witness-{secrets.token_hex(3)}"
        parser.add_argument("--name", default=name, help="the name a new key signs under")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument(
            "--port", type=int, default=0, help="default: the one it had, or a free"
        )
        parser.add_argument("--no-register", action="store_true", help="leave the list alone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until SIGTERM or SIGINT."""
        folder: Path = options["folder"] or Path(settings.DATA) / "witness"
        witness = Witness(folder, options["name"])
        server = _bound(witness, options["host"], options["port"])
        host, port = server.server_address[:2]
        (folder / "port").write_text(str(port))
        if not options["no_register"]:
            witnessing.register(witness.key.verifier, f"http://{host!s}:{port}")
        self.stdout.write(f"{witness.key.verifier} http://{host!s}:{port}")
        self.stdout.flush()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        if os.environ.get("READY_FILE"):
            Path(os.environ["READY_FILE"]).touch()
        server.serve_forever()
        server.server_close()


def _bound(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """A server on the port asked for, else on the one it had, else on a free one."""
    if port:
        return serve(witness, host, port)
    try:
        return serve(witness, host, int((witness.folder / "port").read_text()))
    except (OSError, ValueError):
        return serve(witness, host, 0)
