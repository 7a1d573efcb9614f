"""Who may not read a unit finds nothing of it, on whatever way they look at the ledger."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import orjson
import pytest

from audit import counting, exports, ledger, proofs, reading, search, totals
from audit.bundles import NothingToExport, write_bundle
from audit.following import position, read_since
from audit.models import Entry
from audit.proofs import NotSealed
from audit.reading import Filters, is_visible
from tests.integration.audit.conftest import History, draft
from tests.integration.audit.test_totals import facets_of

UNITS = ("acme", "acme/sea", "acme/sea/north", "acmeland", "globex", "acme.b", "acme0")
READERS: list[list[str]] = [
    [],
    ["acme"],
    ["acme/sea"],
    ["acme/sea", "globex"],
    ["globex"],
    ["acme", "acme/sea"],
    ["nowhere"],
    [""],
]
SECRET = "zebra"
"""A word that each entry says."""


def may_read(units: list[str], entry: Entry) -> bool:
    """The rule, said once more: own units and below; of no unit what binds all; all for `""`."""
    parts = entry.scope.split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    binding = not entry.scope and entry.subject_kind in {
        "bundle",
        "policy",
        "policy_version",
        "tool",
    }
    return "" in units or any(unit in above for unit in units) or (bool(units) and binding)


@pytest.fixture
def told(history: History) -> History:
    """Sealed and indexed entries of each unit and of none."""
    abouts = [{"scope": unit} for unit in UNITS]
    abouts += [{"scope": "", "subject_kind": kind} for kind in ("bundle", "tool", "hold", "ledger")]
    for about in abouts:
        history.write(1, **about, request_id=SECRET)
    history.seal()
    while search.index_sealed():
        pass
    return history


ASKED = Filters(words=(SECRET,))


@pytest.mark.parametrize("units", READERS, ids=lambda units: ",".join(units) or "none or all")
def test_a_reader_finds_and_counts_only_what_they_may_read(told: History, units: list[str]) -> None:
    everything = list(Entry.objects.filter(request_id=SECRET).order_by("-id"))
    expected = [entry for entry in everything if may_read(units, entry)]
    ids = [entry.id for entry in expected]
    assert [entry.id for entry in reading.entries(units, ASKED).entries] == ids
    assert totals.count(units, ASKED) == len(ids)
    assert [entry.id for entry in reading.entries(units, Filters(words=(SECRET,))).entries] == ids
    assert totals.facets(units, ASKED) == facets_of(expected)
    for entry in everything:
        readable = entry in expected
        assert (reading.find(units, entry.entry_id) is not None) == readable
        assert is_visible(units, entry.scope, entry.subject_kind) == readable


@pytest.mark.parametrize("counted", [False, True], ids=["by rows", "by cells"])
def test_totals_that_were_counted_beforehand_hold_for_each_reader_what_they_may_read(
    told: History, counted: bool
) -> None:
    if counted:
        assert counting.count_new() > 300
        told.write(1, scope="acme/sea")
        told.write(1, scope="globex")
    everything = list(Entry.objects.order_by("id"))
    for units in READERS:
        seen = [entry for entry in everything if may_read(units, entry)]
        assert totals.count(units) == len(seen), units
        assert totals.facets(units) == facets_of(seen), units
        times = [entry.recorded_at for entry in seen]
        assert totals.span(units) == ((min(times), max(times)) if times else None), units
        first, last = everything[0].recorded_at, everything[-1].recorded_at
        bars = totals.strip(units, Filters(), first, last).bars
        assert sum(sum(bar.values()) for bar in bars) == len(seen), units


@pytest.mark.parametrize("units", READERS, ids=lambda units: ",".join(units) or "none or all")
def test_a_reader_takes_away_and_proves_only_what_they_may_read(
    told: History, units: list[str]
) -> None:
    everything = list(Entry.objects.filter(request_id=SECRET).order_by("id"))
    expected = [str(entry.entry_id) for entry in everything if may_read(units, entry)]
    for name in exports.FORMATS:
        text = b"".join(exports.stream(name, units, ASKED)).decode()
        named = [str(entry.entry_id) for entry in everything if str(entry.entry_id) in text]
        assert (name, named) == (name, expected)
    assert bundled(units) == expected
    for entry in everything:
        if str(entry.entry_id) in expected:
            assert SECRET in proofs.prove(entry.entry_id, scopes=units).body
        else:
            with pytest.raises(NotSealed):
                proofs.prove(entry.entry_id, scopes=units)


def bundled(units: list[str]) -> list[str]:
    """Names of the entries in a bundle made for a reader."""
    out = io.BytesIO()
    try:
        write_bundle(out, scopes=units, filters=ASKED)
    except NothingToExport:
        return []
    with zipfile.ZipFile(out) as archive:
        name = next(one for one in archive.namelist() if one.startswith("entries"))
        lines = archive.read(name).splitlines()
    return [orjson.loads(orjson.loads(line)["body"])["entry_id"] for line in lines]


def test_causes_are_told_as_far_as_the_reader_may_see_them(history: History) -> None:
    [first] = history.write(1, scope="globex")
    [second] = history.write(1, scope="acme/sea", parent=first)
    [third] = history.write(1, scope="acme", parent=second)
    entry = Entry.objects.get(entry_id=third)
    assert [str(one.entry_id) for one in reading.causes(["acme"], entry)] == [second]
    assert [str(one.entry_id) for one in reading.causes([""], entry)] == [second, first]


def test_news_of_other_units_are_not_for_a_reader(history: History) -> None:
    since = position()
    with ledger.transaction():
        for unit in (*UNITS, ""):
            ledger.append(replace(draft(), scope=unit))
    heard = [
        news.scope for news in read_since(since).news if is_visible(["acme"], news.scope, "step")
    ]
    assert sorted(heard) == ["acme", "acme/sea", "acme/sea/north"]
