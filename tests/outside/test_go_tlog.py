"""Go's own transparency log code accepts two hundred of our proofs, and refuses altered ones.

The code is golang.org/x/mod/sumdb, as the Go tool itself carries it; nothing is fetched.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import pytest

from audit.checkpoints import in_order, newest
from audit.models import Entry
from audit.proofs import prove
from audit.tree import StoredTree
from tests.integration.audit.conftest import History
from tests.outside.conftest import outsider

pytestmark = pytest.mark.outside

PROOFS = 200
MODULE = "golang.org/x/mod"


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checking program, built from tests/outside/tlog and the sources beside the Go tool."""
    root = Path(str(outsider("go").__file__)).parent
    folder = tmp_path_factory.mktemp("tlog")
    shutil.copytree(Path(__file__).parent / "tlog", folder, dirs_exist_ok=True)
    shutil.copytree(root / "src/cmd/vendor" / MODULE / "sumdb", folder / "mod/sumdb")
    (folder / "mod/go.mod").write_text(f"module {MODULE}\n\ngo 1.24\n")
    (folder / "go.mod").write_text(
        f"module check\n\ngo 1.24\n\nrequire {MODULE} v0.0.0\n\nreplace {MODULE} => ./mod\n"
    )
    environment = {
        **os.environ,
        "GOROOT": str(root),
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "GOCACHE": str(folder / "cache"),
        "GOPATH": str(folder / "path"),
        "CGO_ENABLED": "0",
    }
    build = [root / "bin/go", "build", "-o", "check", "."]
    done = subprocess.run(
        build, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return folder / "check"


def run(checker: Path, asked: Iterable[dict[str, Any]]) -> subprocess.CompletedProcess[bytes]:
    lines = b"".join(orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in asked)
    return subprocess.run([checker], input=lines, capture_output=True, check=False, timeout=120)


def asked_of(history: History) -> list[dict[str, Any]]:
    """Proofs of entries spread over the ledger, each with that of an earlier tree."""
    last = newest()
    assert last is not None
    heads = in_order()
    tree = StoredTree()
    found = []
    for place, entry in enumerate(Entry.objects.order_by("id")[:PROOFS]):
        proven = prove(entry.entry_id, scopes=[""])
        earlier = heads[1 + place % (len(heads) - 1)]
        found.append(
            {
                "Key": str(history.key),
                "Checkpoint": proven.proof.checkpoint,
                "Index": proven.proof.index,
                "Body": proven.body,
                "Hashes": texts(proven.proof.hashes),
                "Earlier": earlier.note,
                "Consistency": texts(tree.consistency(earlier.size, last.size)),
            }
        )
    return found


def texts(hashes: Iterable[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]


def test_go_accepts_two_hundred_proofs_and_no_altered_one(history: History, checker: Path) -> None:
    proofs = asked_of(history)
    done = run(checker, proofs)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == PROOFS == len(proofs)
    one = proofs[70]
    altered = [
        {**one, "Body": one["Body"].replace("router-1", "router-2")},
        {**one, "Index": one["Index"] + 1},
        {**one, "Hashes": one["Hashes"][::-1]},
        {**one, "Checkpoint": one["Checkpoint"].replace("\n3", "\n4", 1)},
        {**one, "Consistency": one["Consistency"][1:]},
    ]
    assert [run(checker, [wrong]).returncode for wrong in altered] == [1] * len(altered)
