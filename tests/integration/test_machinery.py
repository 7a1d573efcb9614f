"""The test machinery itself: isolation, rights, real programs."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import redis
from django.db import ProgrammingError, connection, connections, transaction

from orchestration.models import Person
from tests.machinery.databases import Database
from tests.machinery.programs import Programs


@pytest.mark.django_db
@pytest.mark.parametrize("time", [1, 2])
def test_a_rolled_back_test_leaves_nothing_for_the_next(time: int) -> None:
    assert Person.objects.count() == 0
    Person.objects.create_user("ada")


@pytest.mark.django_db
def test_tests_connect_as_the_application_role_which_may_change_no_table() -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute("create table mine ()")


def test_a_committing_test_has_a_database_of_its_own(committed_database: Database) -> None:
    Person.objects.create_user("ada")
    connections.close_all()
    with psycopg.connect(committed_database.url) as other:
        found = other.execute("select username from orchestration_person").fetchall()
    assert found == [("ada",)]


def test_what_a_committing_test_wrote_is_gone(committed_database: Database) -> None:
    assert Person.objects.count() == 0


def test_each_test_finds_an_empty_valkey(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_real_workers_take_jobs(workers: Programs) -> None:
    assert [program.popen.poll() for program in workers.running] == [None, None, None]


def test_a_real_web_server_answers(console_server: str, tmp_path: Path) -> None:
    assert console_server.startswith("http://127.0.0.1:")
