"""The access report as a page and as a table: who could do what, who did, what was not used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from console.presenters.ledger import address as ledger_address
from console.presenters.rights import rights
from console.queries.access_reviews import AccessReport, AgentRights, Done, Holder
from orchestration.vocabulary import Role

MOST_KINDS = 4
QUIET = frozenset({"person.signed_in", "person.signed_out", "ledger.read"})
"""What people do that needs no right of a role."""

HEADING = (
    "who", "kind", "unit", "role or version", "since", "ends", "could", "did", "last", "remark",
)  # fmt: skip


def people(report: AccessReport) -> list[dict[str, Any]]:
    """A line for each person who held a role, those who acted most first."""
    lines = [_person(report, one) for one in report.holders]
    return sorted(lines, key=lambda one: (-one["total"], one["name"]))


def _person(report: AccessReport, holder: Holder) -> dict[str, Any]:
    done = report.did.get(("person", holder.id))
    acted = sum(n for kind, n in done.kinds.items() if kind not in QUIET) if done else 0
    roles = [
        {"unit": unit, "role": role, "since": since}
        for (unit, role), since in sorted(holder.roles.items())
    ]
    return {
        "id": holder.id,
        "name": report.names.get(holder.id, "Somebody unknown"),
        "roles": roles,
        "ends": holder.ends_at[:16].replace("T", " "),
        "active": holder.active,
        "total": done.total if done else 0,
        "did": _kinds(done),
        "last": done.last if done else None,
        "unused": bool(roles) and not acted,
        "url": ledger_address(f"actor:{holder.id} unit:{report.window.scope}"),
    }


def _kinds(done: Done | None) -> str:
    if done is None:
        return ""
    most = done.kinds.most_common(MOST_KINDS)
    more = len(done.kinds) - len(most)
    said = ", ".join(f"{kind} {count}" for kind, count in most)
    return f"{said} and {more} more kinds" if more > 0 else said


def agents(report: AccessReport) -> list[dict[str, Any]]:
    """A line for each agent, those that acted most first."""
    lines = [_agent(report, one) for one in report.agents]
    return sorted(lines, key=lambda one: (-one["total"], one["slug"]))


def _agent(report: AccessReport, agent: AgentRights) -> dict[str, Any]:
    done = report.did.get(("agent", agent.id))
    granted = [str(one) for one in agent.version.get("grants", [])]
    used = report.used.get(agent.id, set())
    return {
        "id": agent.id,
        "slug": agent.slug,
        "scope": agent.scope,
        "state": agent.state,
        "number": agent.version.get("number", ""),
        "autonomy": agent.version.get("autonomy", ""),
        "risk": agent.version.get("risk_class", ""),
        "grants": granted,
        "unused": sorted(set(granted) - used),
        "total": done.total if done else 0,
        "did": _kinds(done),
        "last": done.last if done else None,
        "url": ledger_address(f"agent:{agent.slug} unit:{report.window.scope}"),
    }


def others(report: AccessReport) -> list[dict[str, Any]]:
    """Actors in the window without a role in the unit: people from elsewhere, and the system."""
    known = {("person", one.id) for one in report.holders}
    known |= {("agent", one.id) for one in report.agents}
    return [
        {"kind": kind, "name": report.names.get(key, key), "total": done.total, "did": _kinds(done)}
        for (kind, key), done in sorted(report.did.items(), key=lambda one: -one[1].total)
        if (kind, key) not in known
    ]


def role_rights() -> list[dict[str, Any]]:
    """What each role may do."""
    return [{"role": role.value, "may": rights(role.value)} for role in Role]


def rows(report: AccessReport) -> Iterator[tuple[Any, ...]]:
    """The report as rows of a table, a heading first."""
    yield HEADING
    for one in people(report):
        remark = "nothing done with the role in this time" if one["unused"] else ""
        for role in one["roles"]:
            yield (
                one["name"], "person", role["unit"], role["role"], _iso(role["since"]), one["ends"],
                "; ".join(rights(role["role"])), one["did"], _iso(one["last"]), remark,
            )  # fmt: skip
    for agent in agents(report):
        never = ", ".join(agent["unused"])
        yield (
            agent["slug"], "agent", agent["scope"], f"v{agent['number']}", "", "",
            "; ".join(agent["grants"]), agent["did"], _iso(agent["last"]),
            f"granted and never used: {never}" if never else "",
        )  # fmt: skip
    for other in others(report):
        yield (other["name"], other["kind"], "", "", "", "", "", other["did"], "", "no role here")


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
