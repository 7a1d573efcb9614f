"""Settings that contradict what the product promises are named when a program starts."""

from __future__ import annotations

import pytest
from django.conf import settings as in_force
from pytest_django import Settings

from console import checks

SPOILT = [
    ("CELERY_TASK_ALWAYS_EAGER", True, checks.EAGER),
    ("TIME_ZONE", "Europe/Oslo", checks.NOT_UTC),
    ("USE_TZ", False, checks.NOT_UTC),
    ("CELERY_TASK_TIME_LIMIT", 7200, checks.REDELIVERED),
    ("CELERY_TASK_ACKS_LATE", False, checks.LATE_ACKNOWLEDGEMENT),
    ("CELERY_TASK_REJECT_ON_WORKER_LOST", False, checks.LATE_ACKNOWLEDGEMENT),
    ("CONTENT_SECURITY_POLICY", {"DIRECTIVES": {}}, checks.OPEN_POLICY),
    ("DEBUG", True, checks.DEBUG_ON),
]


def test_the_shipped_settings_raise_no_message() -> None:
    assert checks.check_settings() == []


@pytest.mark.parametrize(("name", "value", "message"), SPOILT)
def test_a_setting_that_was_spoilt_is_named(
    settings: Settings, name: str, value: object, message: object
) -> None:
    setattr(settings, name, value)
    assert checks.check_settings() == [message]


@pytest.mark.parametrize("source", ["'unsafe-inline'", "'unsafe-eval'"])
def test_a_policy_that_lets_inline_scripts_in_is_named(settings: Settings, source: str) -> None:
    directives = {**in_force.CONTENT_SECURITY_POLICY["DIRECTIVES"], "script-src": [source]}
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives}
    assert checks.check_settings() == [checks.OPEN_POLICY]


def test_pages_for_strangers_are_named(settings: Settings) -> None:
    settings.MIDDLEWARE = [
        name for name in settings.MIDDLEWARE if name != checks.SIGN_IN_MIDDLEWARE
    ]
    assert checks.check_settings() == [checks.PAGES_WITHOUT_SIGN_IN]


def test_every_message_has_a_hint_and_an_id_of_its_own() -> None:
    messages = [value for value in vars(checks).values() if hasattr(value, "hint")]
    assert len({message.id for message in messages}) == len(messages) == 7
    assert all(message.hint for message in messages)
