"""Witnesses that lie, hang or err: nothing is believed, nothing stops, and the seal says it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.db import connection

from audit import keys, witness_client, witnessing
from audit.keys import SigningKey
from audit.notes import COSIGNATURE, Note, TreeHead, parse_head
from audit.sealing import Sealer
from audit.state import SealState, seal_state
from audit.witness import parse_submission
from audit.witness_server import Witness
from audit.witnessing import WitnessingLoop
from tests.integration.audit.conftest import History
from tests.integration.audit.test_witnessing import Running

Script = Callable[[str], tuple[int, str]]
"""What a witness answers to the text of a request; an empty text is a look at its memory."""

KEY: SigningKey = keys.generate("liar.example", COSIGNATURE)
FORGOTTEN = (404, "")


class Scripted:
    """Something that answers as a test tells it."""

    def __init__(self) -> None:
        self.script: Script = lambda _text: FORGOTTEN
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                self._answer(self.rfile.read(length).decode())

            def do_GET(self) -> None:
                self._answer("")

            def _answer(self, text: str) -> None:
                status, said = scripted.script(text)
                self.send_response(status)
                self.send_header("Content-Length", str(len(said.encode())))
                self.end_headers()
                self.wfile.write(said.encode())

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def liar(history: History) -> Iterator[Scripted]:
    """The ledger's only witness."""
    made = Scripted()
    witnessing.register(KEY.verifier, made.url)
    yield made
    made.server.shutdown()
    made.server.server_close()


def asked() -> SealState:
    """The seal after every witness was asked once."""
    WitnessingLoop(threading.Event()).submit_newest()
    with connection.cursor() as cursor:
        cursor.execute("update audit_sealer set seen_at = now(), problem = ''")
    return seal_state()


def honest(text: str) -> tuple[int, str]:
    return 200, KEY.cosign(parse_submission(text).note.text).line()


def signs_another_tree(text: str) -> tuple[int, str]:
    head = parse_head(parse_submission(text).note.text)
    return 200, KEY.cosign(str(TreeHead(head.origin, head.size, bytes(32)))).line()


def signs_an_old_checkpoint(text: str) -> tuple[int, str]:
    head = parse_head(parse_submission(text).note.text)
    return 200, KEY.cosign(str(TreeHead(head.origin, head.size - 1, head.root))).line()


def signs_with_another_key(text: str) -> tuple[int, str]:
    stranger = keys.generate("liar.example", COSIGNATURE)
    return 200, stranger.cosign(parse_submission(text).note.text).line()


def signs_as_a_log_and_not_as_a_witness(text: str) -> tuple[int, str]:
    return 200, KEY.sign(parse_submission(text).note.text).line()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (signs_another_tree, "its signature is not good"),
        (signs_an_old_checkpoint, "its signature is not good"),
        (signs_with_another_key, "its signature is not good"),
        (signs_as_a_log_and_not_as_a_witness, "its signature is not good"),
        (lambda _: (200, "nonsense\n"), "no signature line"),
        (lambda _: (200, ""), "not signed"),
        (lambda _: (409, "999999\n"), "it has seen 999999 entries, and there are"),
        (lambda _: (409, "0\n"), "it has seen another tree"),
        (lambda _: (422, ""), "it has seen another tree"),
        (lambda _: (403, "who are you\n"), "it answered 403: who are you"),
    ],
)
def test_what_a_lying_witness_says_is_not_believed_and_turns_the_seal_red(
    history: History, liar: Scripted, script: Script, told: str
) -> None:
    liar.script = script
    state = asked()
    assert state.colour == "red"
    assert "a witness objects: liar.example" in state.summary
    assert told in state.summary
    assert state.witnessed is None
    history.write(3)
    assert history.seal().entries == 3
    assert history.verify().sound


@pytest.mark.parametrize("status", [500, 503])
def test_a_witness_in_trouble_is_away_and_not_lying(
    history: History, liar: Scripted, status: int
) -> None:
    liar.script = lambda _: (status, "out of order")
    state = asked()
    assert (state.colour, "out of order" in state.summary) == ("amber", True)
    liar.script = honest
    assert asked().colour == "green"


def test_a_witness_that_never_answers_holds_nobody_up(
    history: History, liar: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang = threading.Event()
    monkeypatch.setattr(witness_client, "TIMEOUT_S", 0.3)
    liar.script = lambda _: (hang.wait(20), "")
    state = asked()
    hang.set()
    assert state.colour == "amber"
    assert "unreachable" in state.summary


def test_a_witness_that_shows_another_tree_than_it_signed_is_told(
    history: History, liar: Scripted
) -> None:
    liar.script = honest
    loop = WitnessingLoop(threading.Event())
    loop.submit_newest()
    other = str(TreeHead(history.key.name, history.checkpoint_size(), bytes(32)))
    note = str(Note(other, (history.sealer.key.sign(other), KEY.cosign(other))))
    liar.script = lambda _: (200, note)
    loop._look_at = 0.0
    loop.submit_newest()
    assert "it has seen another tree" in seal_state().witnesses[0].problem
    report = history.verify(*(seen for seen in [_remembered()] if seen), witnesses=[KEY.verifier])
    assert "a checkpoint that a witness saw" in " ".join(one.reason for one in report.faults)


def _remembered() -> Note | None:
    (known,) = witnessing.known_witnesses()
    return witness_client.last_cosigned(known, "any")


def test_an_idle_ledger_still_looks_whether_its_witness_is_there(
    history: History, liar: Scripted
) -> None:
    liar.script = honest
    loop = WitnessingLoop(threading.Event())
    loop.submit_newest()
    assert seal_state().witnesses[0].problem == ""
    liar.script = lambda _: FORGOTTEN
    loop._look_at = 0.0
    loop.submit_newest()
    assert "remembers nothing" in seal_state().witnesses[0].problem


def test_a_quorum_of_two_is_green_with_two_and_amber_with_one(
    history: History, tmp_path: Path
) -> None:
    running = [Running(tmp_path / name) for name in ("first", "second", "third")]
    rules = "".join(
        f"witness w{n} {one.known.key} {one.known.url}\n" for n, one in enumerate(running)
    )
    path = witnessing.policy_file()
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{rules}group two 2 w0 w1 w2\nquorum two\n")
    try:
        running[2].stop()
        state = asked()
        assert state.colour == "green"
        assert state.quorum == "2 of w0, w1, w2"
        assert "unreachable" in state.summary
        assert [one.size for one in state.witnesses] == [state.size, state.size, None]
        before = state.size
        running[1].stop()
        history.write(2)
        history.seal()
        state = asked()
        assert state.witnessed == before
        assert state.size == before + 2
        history.tamper("update audit_checkpoint set made_at = made_at - interval '2 minutes'")
        assert asked().colour == "amber"
    finally:
        running[0].stop()


def test_a_policy_that_cannot_be_followed_is_told_and_stops_nothing(history: History) -> None:
    witnessing.policy_file().write_text("witness me\n")
    state = asked()
    assert state.colour == "amber"
    assert "line 1 of the witness policy" in state.summary
    history.write(1)
    assert history.seal().entries == 1


def test_a_witness_whose_disk_is_full_signs_nothing(history: History, tmp_path: Path) -> None:
    running = Running(tmp_path / "full")
    witnessing.register(running.known.key, running.known.url)
    try:
        assert asked().colour == "green"
        path = running.witness._path(history.key.name)
        remembered = path.read_text()
        path.with_suffix(".new").symlink_to("/dev/full")
        history.write(1)
        history.seal()
        state = asked()
        assert state.colour == "amber"
        assert "No space left on device" in state.summary
        assert path.read_text() == remembered
        path.with_suffix(".new").unlink()
        assert asked().colour == "green"
    finally:
        running.stop()


def test_a_tail_cut_under_the_signatures_of_witnesses_is_red_at_once(
    history: History, liar: Scripted
) -> None:
    liar.script = honest
    assert asked().colour == "green"
    history.tamper("delete from audit_checkpoint where id = (select max(id) from audit_checkpoint)")
    state = seal_state()
    assert state.colour == "red"
    assert "no such checkpoint is stored" in state.summary


@pytest.mark.parametrize("request_text", ["", "old x\n\n", "old 0\n\nnonsense", "\x00\xff"])
def test_nonsense_is_refused_by_our_own_witness(tmp_path: Path, request_text: str) -> None:
    witness = Witness(tmp_path, "witness.example")
    assert witness.add(request_text).status == 400
    assert json.loads(json.dumps(str(witness.key.verifier))).startswith("witness.example+")


def test_two_trees_shown_to_two_witnesses_are_found_by_a_reader_of_both(
    history: History, tmp_path: Path
) -> None:
    first, second = Running(tmp_path / "first"), Running(tmp_path / "second")
    try:
        witnessing.register(first.known.key, first.known.url)
        assert asked().colour == "green"
        size = history.checkpoint_size()
        other = str(TreeHead(history.key.name, size, bytes(32)))
        shown = str(Note(other, (history.sealer.key.sign(other),)))
        second.witness.add(f"old 0\n\n{shown}", str(history.key))
        seen = witness_client.last_cosigned(second.known, history.key.name)
        assert seen is not None
        report = history.verify(seen, witnesses=[second.known.key])
        fault = report.first()
        assert fault is not None
        assert "does not lead to the root of a checkpoint that a witness saw" in fault.reason
        assert Sealer(history.sealer.key).seal().entries == 0
    finally:
        first.stop()
        second.stop()
