"""`python -m tests.bench.rivals.compare`: the same saves under each library, taking turns.

One save is one transaction: a row is changed and what happened is written down, by their tables and
triggers, or by an entry of ours with the values that were set.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import django

ROWS = 50
SAVES = 300
ROUNDS = 5


def main() -> None:
    """Make the tables, measure, print."""
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tests.bench.figures import say
    from tests.bench.rivals import models

    call_command("migrate", "auditlog", verbosity=0, skip_checks=True)
    call_command("migrate", "pghistory", verbosity=0, skip_checks=True)
    made = [models.Unrecorded, models.Logged, models.Tracked, models.Entered]
    with connection.schema_editor() as editor:
        for model in [*made, models.Tracked.pgh_event_model]:
            editor.create_model(model)
    call_command("pgtrigger", "install", verbosity=0)
    rates: dict[str, list[float]] = {model.__name__: [] for model in made}
    rows = {
        model.__name__: [model.objects.create(weight=number) for number in range(ROWS)]
        for model in made
    }
    for turn in range(ROUNDS):
        for name, parcels in rows.items():
            save = entered if name == "Entered" else models.Parcel.save
            rates[name].append(_rate(parcels, save, turn))
    plain = statistics.median(rates["Unrecorded"])
    told = {"Logged": "django-auditlog", "Tracked": "django-pghistory", "Entered": "our ledger"}
    say("saves a second, one a transaction, recorded by nobody", f"{plain:.0f}")
    for name, library in told.items():
        median = statistics.median(rates[name])
        say(f"  by {library}", f"{median:.0f}  ({median / plain:.2f})")


def entered(parcel: object) -> None:
    """Save a row and its entry together."""
    from audit import ledger
    from audit.entries import Actor, Draft

    with ledger.transaction():
        parcel.save()
        ledger.append(
            Draft(
                kind="parcel.changed",
                actor=Actor("agent", "router-1", "router"),
                subject_kind="parcel",
                subject_id=str(parcel.pk),
                scope="acme/freight",
                data={"set": {"state": parcel.state, "place": parcel.place}},
            )
        )


def _rate(parcels: list, save: Callable[[object], None], turn: int) -> float:
    began = time.perf_counter()
    for number in range(SAVES):
        parcel = parcels[number % ROWS]
        parcel.state = f"state {turn} {number}"
        parcel.place = f"place {turn} {number}"
        save(parcel)
    return SAVES / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
