"""Whatever is done, by however many at once and however it is cut off, the ledger tells all of it.

A machine makes up histories; after each act the states that entries tell are held against the
tables, row by row and field by field.
"""

from __future__ import annotations

from pathlib import Path

from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from orchestration.reconstruction.reading import reconstruct_everything
from tests.integration.orchestration.comparing import differences, tables
from tests.integration.orchestration.crashes import Storm
from tests.machinery.databases import Database

HISTORIES = 3
ACTS = 9


class AnyHistory(RuleBasedStateMachine):
    """Goals, people and workers, cut off and erased at random. Each history goes on from the last
    one, since a world is slow to make.
    """

    storm: Storm

    @initialize(seed=st.integers(0, 10_000))
    def begin(self, seed: int) -> None:
        self.storm.chance.seed(seed)
        self.storm.open_goals()

    @rule(hands=st.integers(1, 3), turns=st.integers(1, 4))
    def work_and_act_at_once(self, hands: int, turns: int) -> None:
        self.storm.rage(hands=hands, turns=turns, cuts=False)

    @rule(hands=st.integers(2, 3), turns=st.integers(2, 5))
    def be_cut_off(self, hands: int, turns: int) -> None:
        self.storm.rage(hands=hands, turns=turns, cuts=True)

    @rule(times=st.integers(1, 6))
    def let_people_act(self, times: int) -> None:
        for _ in range(times):
            self.storm.act()

    @rule()
    def begin_anew(self) -> None:
        self.storm.open_goals()

    @rule()
    @precondition(lambda self: self.storm.cuts > 0)
    def forget_a_customer(self) -> None:
        self.storm.erase_somebody()

    @invariant()
    def the_ledger_tells_what_the_tables_hold(self) -> None:
        assert differences(reconstruct_everything(), tables()) == []


def test_any_history_can_be_rebuilt_row_by_row(
    committed_database: Database, tmp_path: Path
) -> None:
    AnyHistory.storm = storm = Storm(tmp_path, 1, committed_database)
    run_state_machine_as_test(
        AnyHistory,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=ACTS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert storm.cuts > 5
    assert storm.interrupted > 0
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from audit_erasure")
        assert cursor.fetchone()[0] > 0
