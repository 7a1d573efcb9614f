"""A zip file as a stream: taken away while it is written, with the digest of everything in it."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from typing import IO, Any, cast

import orjson


class _Taken:
    """What was written and not yet taken away; a file that can't be read or rewound."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.waiting = 0

    def write(self, data: bytes) -> int:
        """Keep a piece."""
        self._parts.append(bytes(data))
        self.waiting += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        """All pieces since the last time."""
        taken, self._parts, self.waiting = b"".join(self._parts), [], 0
        return taken


class Archive:
    """A zip file that is taken away while it is written, and the digest of everything in it."""

    PIECE = 1 << 18

    def __init__(self) -> None:
        self._out = _Taken()
        self._zip = zipfile.ZipFile(
            cast(IO[bytes], self._out),  # write and flush are all it needs
            "w",
            zipfile.ZIP_DEFLATED,
            compresslevel=1,
        )
        self.files: dict[str, str] = {}

    def write(self, name: str, content: str | bytes) -> None:
        """Add a small file."""
        data = content.encode() if isinstance(content, str) else content
        self._zip.writestr(name, data)
        self.files[name] = hashlib.sha256(data).hexdigest()

    def write_lines(self, name: str, lines: Iterator[dict[str, Any]]) -> Iterator[bytes]:
        """Add a file of one JSON object a line; gives what was written so far, now and then."""
        digest = hashlib.sha256()
        with self._zip.open(name, "w", force_zip64=True) as file:
            for line in lines:
                data = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
                digest.update(data)
                file.write(data)
                if self._out.waiting > self.PIECE:
                    yield self.taken()
        self.files[name] = digest.hexdigest()

    def taken(self) -> bytes:
        """What was written since it was taken last."""
        return self._out.take()

    def close(self) -> bytes:
        """End the archive; what is left of it."""
        self._zip.close()
        return self.taken()
