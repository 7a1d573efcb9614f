"""System checks: settings that contradict each other or what the product promises.

They look at settings only; `manage.py doctor` looks at what runs. Each message keeps its id.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

EAGER = Error(
    "Celery runs jobs inside the caller.",
    hint="Remove CELERY_TASK_ALWAYS_EAGER: an agent's work must outlive the request that began it.",
    id="console.E001",
)
NOT_UTC = Error(
    "The program does not keep its times in UTC.",
    hint="Leave USE_TZ on and TIME_ZONE at UTC; screens show each person's own time.",
    id="console.E002",
)
REDELIVERED = Error(
    "Redis gives a job to a second worker while the first may still be at it.",
    hint="Raise visibility_timeout (CELERY_BROKER_TRANSPORT_OPTIONS) over CELERY_TASK_TIME_LIMIT.",
    id="console.E003",
)
LATE_ACKNOWLEDGEMENT = Error(
    "A job whose worker dies would be lost.",
    hint="Leave CELERY_TASK_ACKS_LATE and CELERY_TASK_REJECT_ON_WORKER_LOST on.",
    id="console.E004",
)
OPEN_POLICY = Error(
    "Pages may run scripts that are written inside them, or come from elsewhere.",
    hint="Keep `default-src 'self'` in CONTENT_SECURITY_POLICY, without 'unsafe-inline'.",
    id="console.E005",
)
PAGES_WITHOUT_SIGN_IN = Error(
    "Pages are shown to people who have not signed in.",
    hint="Put LoginRequiredMiddleware back into MIDDLEWARE, after AuthenticationMiddleware.",
    id="console.E006",
)
DEBUG_ON = checks.Warning(
    "DEBUG is on: errors show settings and code to whoever meets them.",
    hint="Unset DEBUG where other people can reach this installation.",
    id="console.W001",
)

SIGN_IN_MIDDLEWARE = "django.contrib.auth.middleware.LoginRequiredMiddleware"


@checks.register
def check_settings(**_: Any) -> list[CheckMessage]:
    """Which of the messages apply."""
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    timeout = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    late = settings.CELERY_TASK_ACKS_LATE and settings.CELERY_TASK_REJECT_ON_WORKER_LOST
    applies = [
        (EAGER, getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False)),
        (NOT_UTC, not settings.USE_TZ or settings.TIME_ZONE != "UTC"),
        (REDELIVERED, timeout <= settings.CELERY_TASK_TIME_LIMIT),
        (LATE_ACKNOWLEDGEMENT, not late),
        (OPEN_POLICY, _is_open(directives)),
        (PAGES_WITHOUT_SIGN_IN, SIGN_IN_MIDDLEWARE not in settings.MIDDLEWARE),
        (DEBUG_ON, settings.DEBUG),
    ]
    return [message for message, so in applies if so]


def _is_open(directives: dict[str, list[str]]) -> bool:
    sources = {source for listed in directives.values() for source in listed}
    return "'self'" not in directives.get("default-src", []) or any(
        source.startswith("'unsafe-") for source in sources
    )
