"""Whose answers count towards a hold, and when enough people have agreed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestration.policy.clauses import Cast, all_met, can_count, is_met, people_counted

TWO = {"policy": "pay.limit", "rule": "over", "roles": ["approver", "admin"], "quorum": 2}
ONE = {"policy": "x.y", "rule": "r", "roles": ["reviewer"], "quorum": 1}


def cast(person: str, *roles: str) -> Cast:
    return Cast(person, frozenset(roles))


def test_two_different_people_in_any_of_the_roles_meet_a_quorum_of_two() -> None:
    assert is_met(TWO, [cast("ada", "approver"), cast("otto", "admin")])


def test_one_person_counts_once_however_often_and_in_whatever_role() -> None:
    twice = [cast("ada", "approver"), cast("ada", "admin"), cast("ada", "approver")]

    assert people_counted(TWO, twice) == 1
    assert not is_met(TWO, twice)


def test_people_without_the_role_do_not_count() -> None:
    assert not can_count(TWO, {"viewer", "operator"})
    assert not is_met(TWO, [cast("ada", "approver"), cast("vera", "viewer")])


def test_several_clauses_must_all_be_met_and_one_person_may_serve_more_than_one() -> None:
    both = [cast("ada", "approver", "reviewer"), cast("otto", "approver")]

    assert all_met([TWO, ONE], both)
    assert not all_met([TWO, ONE], [cast("ada", "approver"), cast("otto", "approver")])


def test_no_clause_is_met_by_nobody() -> None:
    assert not all_met([], [cast("ada", "approver")])


people = st.lists(
    st.builds(
        Cast,
        st.sampled_from(["ada", "otto", "vera"]),
        st.frozensets(st.sampled_from(["approver", "admin", "viewer"])),
    ),
    max_size=5,
)


@given(people, people)
def test_more_answers_never_undo_what_was_met(some: list[Cast], more: list[Cast]) -> None:
    assert is_met(TWO, some) <= is_met(TWO, [*some, *more])
