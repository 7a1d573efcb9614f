"""Quorums count people, not clicks; graphs of tasks have no circles."""

from __future__ import annotations

from graphlib import TopologicalSorter

from hypothesis import given
from hypothesis import strategies as st

from orchestration.planning.graph import Planned, check_graph
from orchestration.policy.clauses import Cast, all_met, people_counted

roles = st.sets(st.sampled_from(["approver", "admin", "head"]), max_size=3).map(frozenset)
casts = st.lists(st.builds(Cast, person=st.sampled_from("abcde"), roles=roles), max_size=12)
clauses = st.lists(
    st.fixed_dictionaries(
        {
            "roles": st.sets(st.sampled_from(["approver", "admin", "head"]), min_size=1).map(
                sorted
            ),
            "quorum": st.integers(1, 3),
        }
    ),
    max_size=3,
)


@given(clauses, casts)
def test_answering_again_never_counts_more(wanted, given_) -> None:
    assert all_met(wanted, given_) == all_met(wanted, given_ + given_)


@given(clauses, casts, casts)
def test_more_answers_never_unmeet_a_quorum(wanted, first, more) -> None:
    if all_met(wanted, first):
        assert all_met(wanted, first + more)


@given(clauses, casts)
def test_every_clause_has_its_number_of_different_people(wanted, given_) -> None:
    met = bool(wanted) and all(people_counted(c, given_) >= c["quorum"] for c in wanted)
    assert all_met(wanted, given_) is met


def test_no_clause_at_all_is_met_by_nobody() -> None:
    assert not all_met([], [Cast("a", frozenset({"approver"}))])


keys = st.sampled_from("abcdef")
graphs = st.lists(
    st.builds(Planned, key=keys, needs=st.lists(keys, max_size=3).map(tuple)),
    max_size=6,
    unique_by=lambda task: task.key,
)


@given(graphs)
def test_a_graph_without_objections_can_be_run_in_some_order(graph) -> None:
    if not check_graph(graph, set()):
        order = list(TopologicalSorter({t.key: t.needs for t in graph}).static_order())
        assert set(order) == {task.key for task in graph}


@given(graphs)
def test_a_task_that_needs_itself_or_nothing_known_is_objected_to(graph) -> None:
    known = {task.key for task in graph}
    unknown = any(need not in known for task in graph for need in task.needs)
    selfish = any(task.key in task.needs for task in graph)
    if unknown or selfish:
        assert check_graph(graph, set())


def test_a_key_used_before_is_objected_to() -> None:
    assert "twice" in check_graph([Planned("a", ())], {"a"})[0]
