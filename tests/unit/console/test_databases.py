"""Database URLs become Django settings that fit what the program is."""

from __future__ import annotations

import pytest

from console.databases import database, user_of

URL = "postgresql://app%2Fuser:p%40ss%2Fword@db.example:5433/sign%20box?sslmode=require"


def test_every_part_of_the_url_is_decoded() -> None:
    settings = database(URL, runs_as="command")
    assert settings["USER"] == "app/user"
    assert settings["PASSWORD"] == "p@ss/word"
    assert settings["HOST"] == "db.example"
    assert settings["PORT"] == "5433"
    assert settings["NAME"] == "sign box"
    assert settings["OPTIONS"]["sslmode"] == "require"
    assert user_of(URL) == "app/user"


def test_a_unix_socket_is_named_by_a_parameter() -> None:
    settings = database("postgresql:///signalbox?host=/run/postgresql", runs_as="command")
    assert settings["HOST"] == "/run/postgresql"
    assert settings["PORT"] == ""


def test_the_web_server_borrows_from_a_pool_and_the_worker_keeps_its_connection() -> None:
    web, worker = (database(URL, runs_as=kind) for kind in ("web", "worker"))
    assert web["OPTIONS"]["pool"]["max_size"] > 1
    assert web["CONN_MAX_AGE"] == 0
    assert "pool" not in worker["OPTIONS"]
    assert worker["CONN_MAX_AGE"] > 0
    assert web["CONN_HEALTH_CHECKS"]
    assert worker["CONN_HEALTH_CHECKS"]


@pytest.mark.parametrize(("kind", "prepared"), [("worker", True), ("web", True), ("owner", False)])
def test_statements_are_prepared_except_for_migrations(kind: str, prepared: bool) -> None:
    assert ("server_side_binding" in database(URL, runs_as=kind)["OPTIONS"]) is prepared
