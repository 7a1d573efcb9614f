"""Signed notes, checkpoints and keys, against published examples and against altering hands."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import keys
from audit.ed25519 import is_signed
from audit.keys import KeyUnavailable
from audit.notes import (
    COSIGNATURE,
    BadNote,
    Note,
    Proof,
    TreeHead,
    cosigned_by,
    parse_head,
    parse_key,
    parse_note,
    parse_proof,
    signed_by,
)
from audit.trust import believed, endorsement_text

GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
    "qdngotpRZb6KE6RyyBwJnAM=\n"
)
"""The example of Go's golang.org/x/mod/sumdb/note."""

RFC8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
        "46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
        "d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]
"""Tests 1 and 2 of RFC 8032, section 7.1: public key, message, signature."""


@pytest.mark.parametrize(("public", "message", "signature"), RFC8032)
@pytest.mark.parametrize("check", [is_signed, keys.check])
def test_signatures_of_the_standard_are_accepted(
    check: object, public: str, message: str, signature: str
) -> None:
    assert callable(check)
    given_parts = [bytes.fromhex(part) for part in (public, message, signature)]
    assert check(*given_parts)
    assert not check(given_parts[0], b"other", given_parts[2])


@given(st.binary(max_size=100), st.integers(0, 511))
def test_both_checks_agree_on_good_and_on_damaged_signatures(message: bytes, bit: int) -> None:
    key = keys.generate("log.example")
    text = message.hex()
    signature = key.sign(text).signature
    damaged = (int.from_bytes(signature, "big") ^ (1 << bit)).to_bytes(64, "big")
    for check in (is_signed, keys.check):
        assert check(key.verifier.public, text.encode(), signature)
        assert not check(key.verifier.public, text.encode(), damaged)


def test_the_example_of_gos_note_package_is_accepted() -> None:
    assert signed_by(parse_note(GO_NOTE), parse_key(GO_KEY))
    assert str(parse_note(GO_NOTE)) == GO_NOTE
    assert str(parse_key(GO_KEY)) == GO_KEY


def test_a_signature_by_another_key_of_the_same_name_is_ignored() -> None:
    ours, other = keys.generate("log.example"), keys.generate("log.example")
    note = Note("text\n", (other.sign("text\n"),))
    assert not signed_by(note, ours.verifier)
    assert signed_by(note, other.verifier)


def test_a_cosignature_holds_its_time() -> None:
    witness = keys.generate("witness.example", COSIGNATURE)
    head = TreeHead("log.example", 7, bytes(32))
    line = witness.cosign(str(head), 1_700_000_000)
    assert cosigned_by(Note(str(head), (line,)), witness.verifier) == 1_700_000_000
    later = TreeHead("log.example", 8, bytes(32))
    assert cosigned_by(Note(str(later), (line,)), witness.verifier) is None


@pytest.mark.parametrize(
    "text",
    [
        "no signature\n",
        "text\n\n- name AAAAAAAA\n",
        "text\n\n\u2014 name\n",
        "text\n\n\u2014 name !!!!\n",
        "te\txt\n\n\u2014 name AAAAAAAAAAAA\n",
        "",
    ],
)
def test_a_text_that_is_no_signed_note_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        parse_note(text)


@pytest.mark.parametrize("text", ["", "o\n5\n", "o\n05\nAA==\n", "o\n5\nAAAA\n", "o\nx\nAAAA\n\n"])
def test_a_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        parse_head(text)


@pytest.mark.parametrize("text", ["", "name", GO_KEY[:-4], GO_KEY.replace("c74f20a3", "c74f20a4")])
def test_a_text_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        parse_key(text)


@given(st.integers(0, 2**40), st.lists(st.binary(min_size=32, max_size=32), max_size=20))
def test_a_proof_survives_being_written_and_read(index: int, hashes: list[bytes]) -> None:
    proof = Proof(index, tuple(hashes), GO_NOTE)
    assert parse_proof(str(proof)) == proof


def test_a_key_file_is_private_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "log.key"
    key = keys.generate("log.example")
    keys.save(key, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.load(path) == key
    with pytest.raises(FileExistsError):
        keys.save(keys.generate("log.example"), path)
    assert key.seed.hex() not in repr(key)


@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+name", "PRIVATE+KEY+n+00000000+AAAA"])
def test_a_damaged_key_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "log.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyUnavailable, match="holds"):
        keys.load(path)


def test_a_missing_or_open_key_file_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    with pytest.raises(KeyUnavailable, match="rotate-key --lost"):
        keys.load(path)
    keys.save(keys.generate("log.example"), path)
    path.chmod(0o644)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        keys.load(path)


def test_a_key_is_believed_only_if_a_believed_key_vouched_for_it() -> None:
    first, second, third = (keys.generate("log.example") for _ in range(3))
    text = endorsement_text(second.verifier)
    good = str(Note(text, (first.sign(text),)))
    forged = str(Note(text, (third.sign(text),)))
    assert believed(first.verifier, [(second.verifier, good)]) == [first.verifier, second.verifier]
    for endorsement in (forged, None, "nonsense", GO_NOTE):
        assert believed(first.verifier, [(second.verifier, endorsement)]) == [first.verifier]
    assert believed(first.verifier, [(third.verifier, good)]) == [first.verifier]
