"""The doctor names what is wrong, and says how to mend it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from django.conf import settings as in_force
from django.db import connection
from pytest_django import Settings

from audit import key_ring
from audit.sealing import Sealer
from console.accounts import make_missing_accounts
from console.diagnosis import carriers, database, installation
from console.diagnosis import ledger as ledger_probes
from console.diagnosis.findings import Finding, Level
from console.standalone.services import remember
from tests.machinery.databases import Database
from tests.machinery.programs import Programs


@pytest.fixture(autouse=True)
def _configured(settings: Settings) -> None:
    settings.DATABASE_CONFIGURED = True


def _by_id(found: object) -> dict[str, Finding]:
    return {finding.id: finding for finding in list(found)}  # type: ignore[call-overload]


def _wrong(found: dict[str, Finding]) -> set[str]:
    return {name for name, finding in found.items() if finding.level is Level.WRONG}


@pytest.mark.django_db
def test_a_migrated_database_and_a_weak_role_are_fine() -> None:
    found = _by_id(database.look())
    assert len(found) == 6
    assert {finding.level for finding in found.values()} == {Level.FINE}


def test_a_database_that_does_not_answer_is_named(programs: Programs) -> None:
    finished = programs.manage("doctor", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert finished.returncode == 1
    assert "WRONG the database does not answer" in finished.stdout
    assert "DATABASE_URL" in finished.stdout
    assert finished.stderr == ""


def test_a_missing_database_setting_is_named(settings: Settings) -> None:
    settings.DATABASE_CONFIGURED = False
    assert _wrong(_by_id(database.look())) == {"doctor.database"}


def test_a_migration_that_is_missing_is_named(committed_database: Database) -> None:
    with psycopg.connect(committed_database.owner_url) as owner:
        owner.execute("delete from django_migrations where app = 'sessions'")
    found = _by_id(database.look())
    assert _wrong(found) == {"doctor.migrations"}
    assert "manage.py setup" in found["doctor.migrations"].mend


def test_a_role_that_may_change_tables_is_named(
    committed_database: Database, programs: Programs
) -> None:
    finished = programs.manage("doctor", DATABASE_URL=committed_database.owner_url)
    assert "[doctor.role]" in finished.stdout
    assert "may change tables" in finished.stdout
    assert "on the ledger" in finished.stdout


def test_a_trigger_that_was_switched_off_is_named(committed_database: Database) -> None:
    with psycopg.connect(committed_database.owner_url) as owner:
        owner.execute("alter table audit_entry disable trigger append_only")
    found = _by_id(database.look())
    assert _wrong(found) == {"doctor.ledger-triggers"}
    assert "verify" in found["doctor.ledger-triggers"].mend


def test_the_seal_is_told_as_the_ledger_judges_it(
    committed_database: Database, tmp_path: Path, settings: Settings
) -> None:
    settings.DATA = tmp_path
    found = _by_id(ledger_probes.look())
    assert {"doctor.sealer", "doctor.seal"} <= _wrong(found)
    assert "has not been started" in found["doctor.seal"].says
    assert "another host" in found["doctor.witness"].mend

    Sealer(key_ring.signing_key()).seal()
    with connection.cursor() as cursor:
        cursor.execute("update audit_sealer set seen_at = now(), problem = ''")
    found = _by_id(ledger_probes.look())
    assert found["doctor.seal"].level is Level.WARNING
    assert "unwitnessed" in found["doctor.seal"].says
    assert found["doctor.ledger-key"].level is Level.FINE
    assert "keep a copy elsewhere" in found["doctor.ledger-key"].says


def test_a_ledger_key_that_others_can_read_is_named(
    committed_database: Database, tmp_path: Path, settings: Settings
) -> None:
    settings.DATA = tmp_path
    key_ring.key_file(key_ring.signing_key().verifier).chmod(0o644)
    assert "chmod 600" in _by_id(ledger_probes.look())["doctor.ledger-key"].says


def test_a_redis_that_does_not_answer_is_named_and_workers_are_not_asked(
    settings: Settings,
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert list(_by_id(carriers.look())) == ["doctor.redis"]


def test_queues_without_a_worker_are_named(redis_url: str) -> None:
    assert _wrong(_by_id(carriers.look())) == {f"doctor.worker-{name}" for name in carriers.QUEUES}


def test_a_queue_with_a_worker_is_fine(programs: Programs) -> None:
    programs.worker(queues="control,background", slots=1)
    assert _wrong(_by_id(carriers.look())) == {"doctor.worker-work"}


@pytest.mark.django_db
def test_one_admin_is_too_few(tmp_path: Path, settings: Settings) -> None:
    settings.DATA = tmp_path
    assert _by_id(installation.look())["doctor.people"].level is Level.WARNING
    make_missing_accounts()
    assert _by_id(installation.look())["doctor.people"].level is Level.FINE


@pytest.mark.django_db
def test_secrets_that_others_can_read_are_named(tmp_path: Path, settings: Settings) -> None:
    settings.DATA = tmp_path
    remember(tmp_path, {"SECRET_KEY": "x"}, {})
    assert "doctor.state-folder" not in _wrong(_by_id(installation.look()))
    (tmp_path / "services.json").chmod(0o644)
    assert "doctor.state-folder" in _wrong(_by_id(installation.look()))


@pytest.mark.django_db
def test_serving_other_machines_without_encryption_is_named(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = [*in_force.ALLOWED_HOSTS, "signalbox.example"]
    assert "doctor.https" in _wrong(_by_id(installation.look()))
    settings.HTTPS = True
    assert "doctor.https" not in _wrong(_by_id(installation.look()))


@pytest.mark.django_db
def test_every_finding_that_is_not_fine_says_what_to_do(settings: Settings) -> None:
    settings.DEBUG = True
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    found = [*database.look(), *carriers.look(), *installation.look()]
    assert all(bool(finding.mend) is (finding.level is not Level.FINE) for finding in found)
    assert "doctor.debug" in _wrong(_by_id(found))
