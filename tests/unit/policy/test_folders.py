"""A folder of policies is read as one set."""

from __future__ import annotations

from pathlib import Path

from orchestration.policy.folders import read_folder
from orchestration.policy.shipped import baseline_files

GOOD = "policy: a.b\ntitle: T\nrules: [{name: r, effect: allow}]\n"
TESTED = GOOD + "tests: [{name: wrong, given: {}, expect: deny}, {given: {}, expect: allow}]\n"


def test_the_shipped_baseline_is_a_sound_folder() -> None:
    found = read_folder(baseline_files()[0].parent)

    assert found.is_sound
    assert list(found.policies) == [file.name for file in baseline_files()]
    assert found.failed_tests() == {}


def test_each_faulty_file_is_named_with_its_problems_and_the_others_are_read(
    tmp_path: Path,
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_text("policy: A\n")
    (tmp_path / "latin.yaml").write_bytes("title: Größe".encode("latin-1"))
    (tmp_path / "huge.yaml").write_bytes(b"#" * 1_000_000)
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "dangling.yaml").symlink_to(tmp_path / "nowhere.yaml")
    (tmp_path / "notes.txt").write_text("not a policy")

    found = read_folder(tmp_path)

    assert list(found.policies) == ["deep/good.yaml"]
    assert sorted(found.problems) == [
        "bad.yaml",
        "dangling.yaml",
        "folder.yaml",
        "huge.yaml",
        "latin.yaml",
    ]
    assert not found.is_sound


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(GOOD)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.yaml").symlink_to(tmp_path / "outside.yaml")

    found = read_folder(inside)

    assert found.policies == {}
    assert found.problems["link.yaml"][0].message == "leads out of the folder"


def test_two_files_of_one_policy_contradict_each_other(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(GOOD)
    (tmp_path / "two.yaml").write_text(GOOD)

    assert read_folder(tmp_path).contradiction == "two policies are called a.b"


def test_failing_tests_are_told_by_file(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(TESTED)

    failed = read_folder(tmp_path).failed_tests()

    assert [one.name for one in failed["one.yaml"]] == ["wrong"]
