"""The Celery app: `celery -A console worker`.

Jobs are named in `orchestration/jobs/`. A worker keeps its database connection between jobs, so a
connection that the server closed meanwhile is dropped before the next job starts.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, task_postrun, task_prerun, worker_ready
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

app = Celery("signalbox")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")


@task_prerun.connect
def drop_dead_connections(**_: Any) -> None:
    """Close connections that are too old or no longer answer."""
    close_old_connections()


@task_postrun.connect
def tell_open_pages(**_: Any) -> None:
    """Let open pages look at what the job committed without waiting for their next turn."""
    from console.live.waking import wake

    wake()


@worker_ready.connect
@beat_init.connect
def say_ready(**_: Any) -> None:
    """Tell the supervisor, by a file it named, that this program takes up its work."""
    if named := os.environ.get("READY_FILE"):
        Path(named).touch()


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Leave logging as Django's settings made it."""
