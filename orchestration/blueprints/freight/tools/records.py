"""Effects that happen once a key: one file a call, put in place by an atomic link.

The file is effect and answer in one. A worker killed before the link has done nothing; killed after
it, the next call with the same key finds the file and returns what it says. Two callers at once:
one links, the other reads.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from orchestration.tools.contract import Json


def record_once(folder: Path, key: str, value: Json) -> Json:
    """Put the value on record under the key unless something is there already; return what is
    on record.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = _file(folder, key)
    if not target.exists():
        with NamedTemporaryFile("w", dir=folder, prefix=".", encoding="utf-8") as draft:
            json.dump(value, draft, sort_keys=True, ensure_ascii=False)
            draft.flush()
            os.fsync(draft.fileno())
            _link(Path(draft.name), target)
    return json.loads(target.read_text(encoding="utf-8"))


def recorded(folder: Path, key: str) -> Json | None:
    """What is on record under the key, or None."""
    target = _file(folder, key)
    return json.loads(target.read_text(encoding="utf-8")) if target.exists() else None


def _link(draft: Path, target: Path) -> None:
    try:
        target.hardlink_to(draft)
    except FileExistsError:
        return


def _file(folder: Path, key: str) -> Path:
    return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.json"
