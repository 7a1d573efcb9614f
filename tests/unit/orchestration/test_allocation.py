"""Who gets a task and whose task goes first: laws that hold for any fleet."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestration.allocation.central import Candidate, choose, distance
from orchestration.allocation.fair_queue import Waiting, choose_fairly

paths = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join)
candidates = st.lists(
    st.builds(
        Candidate,
        agent=st.uuids().map(str),
        slug=st.text("abcdef", min_size=1, max_size=6),
        scope=paths,
        capabilities=st.sets(st.sampled_from(["x", "y", "z"])).map(lambda s: tuple(sorted(s))),
        load=st.integers(0, 5),
    ),
    max_size=8,
    unique_by=lambda one: one.slug,
)
queues = st.lists(
    st.builds(
        Waiting, key=st.uuids().map(str), unit=st.sampled_from("abcd"), priority=st.integers(0, 3)
    ),
    max_size=40,
    unique_by=lambda one: one.key,
)


@given(candidates, paths)
def test_only_an_able_agent_is_chosen_and_somebody_is_if_anybody_can(
    fleet: list[Candidate], scope: str
) -> None:
    award = choose("x", scope, fleet)
    able = {one.agent for one in fleet if "x" in one.capabilities}
    assert (award is None) == (not able)
    if award is not None:
        assert award.agent in able
        assert len(award.ranking) == len(able)


@given(candidates, paths, st.randoms())
def test_the_order_in_which_agents_are_listed_changes_nothing(fleet, scope, random) -> None:
    shuffled = list(fleet)
    random.shuffle(shuffled)
    assert choose("x", scope, fleet) == choose("x", scope, shuffled)


@given(paths, paths, paths)
def test_distance_is_a_metric(a: str, b: str, c: str) -> None:
    assert distance(a, a) == 0
    assert distance(a, b) == distance(b, a)
    assert distance(a, c) <= distance(a, b) + distance(b, c)


def test_the_less_busy_agent_is_preferred_and_the_award_says_why() -> None:
    busy = Candidate("1", "busy", "a", ("x",), 3)
    idle = Candidate("2", "idle", "a/b", ("x",), 0)
    award = choose("x", "a", [busy, idle])
    assert award is not None
    assert award.slug == "idle"
    assert "0 tasks under way" in award.reasons


@given(queues, st.integers(0, 20))
def test_no_more_are_chosen_than_there_is_room_and_none_twice(queue, room) -> None:
    chosen = choose_fairly(queue, {}, room)
    assert len(chosen) == min(room, len(queue))
    assert len(set(chosen)) == len(chosen)
    assert set(chosen) <= {one.key for one in queue}


@given(queues)
def test_no_unit_starves_while_another_gets_two_turns_more(queue) -> None:
    """With equal priorities, units that still wait are never two turns behind any other."""
    equal = [Waiting(one.key, one.unit, 3) for one in queue]
    order = choose_fairly(equal, {}, len(equal))
    unit = {one.key: one.unit for one in equal}
    waiting = {u: sum(one.unit == u for one in equal) for u in set(unit.values())}
    served = dict.fromkeys(waiting, 0)
    for key in order:
        served[unit[key]] += 1
        behind = [served[u] for u in waiting if served[u] < waiting[u]]
        assert not behind or served[unit[key]] - min(behind) <= 1


def test_a_unit_with_much_under_way_waits_for_the_others() -> None:
    queue = [Waiting("a1", "a", 3), Waiting("b1", "b", 3)]
    assert choose_fairly(queue, {"a": 5}, 2) == ["b1", "a1"]


def test_the_more_urgent_of_one_unit_goes_first() -> None:
    queue = [Waiting("later", "a", 3), Waiting("now", "a", 0)]
    assert choose_fairly(queue, {}, 1) == ["now"]
