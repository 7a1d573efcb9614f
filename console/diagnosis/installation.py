"""Probes of what is installed and configured: policies, people, files, and how browsers connect."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError

from console.diagnosis.findings import Finding, expect, fine, warning, wrong
from console.standalone.services import OWNER, SERVICES
from orchestration.models import Bundle, Membership
from orchestration.vocabulary import BundleState, Role

LEAST_FREE_BYTES = 1_000_000_000
LOCAL_HOSTS = {"127.0.0.1", "localhost", "[::1]"}


def look() -> Iterator[Finding]:
    """Look at what is stored, then at files and settings."""
    try:
        yield _bundle()
        yield _people()
    except DatabaseError:
        yield wrong("doctor.bundle", "what is installed cannot be read", "Mend the database first.")
    yield from _files()
    yield from _serving()


def _bundle() -> Finding:
    active = Bundle.objects.filter(state=BundleState.ACTIVE).first()
    if active is None:
        return wrong(
            "doctor.bundle",
            "no bundle of policies is active, so that every step is denied",
            "Run `python manage.py setup`; it installs the baseline.",
        )
    return fine("doctor.bundle", f"bundle {active.number} is active")


def _people() -> Finding:
    admins = Membership.objects.filter(role=Role.ADMIN, person__is_active=True)
    number = admins.values("person").distinct().count()
    able = get_user_model().objects.filter(is_active=True).count()
    return expect(
        number > 1,
        fine("doctor.people", f"{able} people can sign in, {number} of them as admins"),
        warning(
            "doctor.people",
            f"{number} people are admins; who writes a policy cannot publish it, so two are needed",
            "Run `make accounts` for the demo accounts, or give a second person the role.",
        ),
    )


def _files() -> Iterator[Finding]:
    if not settings.DATA.exists():
        yield warning(
            "doctor.state-folder",
            f"the state folder {settings.DATA} does not exist",
            "Run `make run`, or set DATA to the folder of the installation you mean.",
        )
        return
    open_files = [
        name
        for name in (SERVICES, OWNER, "secret-key")
        if (settings.DATA / name).exists()
        and (settings.DATA / name).stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
    ]
    yield expect(
        not open_files,
        fine("doctor.state-folder", f"the state folder is {settings.DATA}; its secrets are closed"),
        wrong(
            "doctor.state-folder",
            f"other accounts can read {', '.join(open_files)} in {settings.DATA}",
            "Run `chmod 600` on them, and set new passwords if others use this machine.",
        ),
    )
    free = shutil.disk_usage(settings.DATA).free
    yield expect(
        free > LEAST_FREE_BYTES,
        fine("doctor.disk", f"{free / 1e9:.0f} GB are free"),
        warning("doctor.disk", f"only {free / 1e6:.0f} MB are free", "Make room."),
    )


def _serving() -> Iterator[Finding]:
    foreign = [host for host in settings.ALLOWED_HOSTS if host not in LOCAL_HOSTS]
    yield expect(
        settings.HTTPS or not foreign,
        fine("doctor.https", "passwords and sessions travel encrypted, or only on this machine"),
        wrong(
            "doctor.https",
            f"served as {', '.join(foreign)} without HTTPS",
            "Put a proxy with a certificate in front and set PUBLIC_URL=https://…",
        ),
    )
    yield expect(
        not settings.DEBUG,
        fine("doctor.debug", "errors show no inner workings"),
        wrong("doctor.debug", "DEBUG is on", "Unset DEBUG where other people can sign in."),
    )
