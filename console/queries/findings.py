"""What the anomaly screens read: the feed with its filters, and all about one finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from audit.models import Entry
from orchestration.access.roles import people_with_role
from orchestration.access.rows import agents_for, findings_for, steps_for, tasks_for
from orchestration.errors import InvalidInput
from orchestration.models import Agent, Finding, Person, Response, Step, Task
from orchestration.models.base import within
from orchestration.vocabulary import FindingState, Role

PAGE = 50
SIMILAR = 5
RECENT_DAYS = 14
STANDING = [FindingState.OPEN, FindingState.ACKNOWLEDGED]

STATES: Mapping[str, Q] = {
    "standing": Q(state__in=STANDING),
    "muted": Q(state=FindingState.MUTED),
    "resolved": Q(state=FindingState.RESOLVED),
}


@dataclass(frozen=True)
class Asked:
    """How the feed is narrowed; empty texts leave it as wide as the person's units."""

    state: str = "standing"
    mine: bool = False
    detector: str = ""
    severity: str = ""
    unit: str = ""
    words: str = ""


@dataclass(frozen=True)
class Case:
    """One finding with all that its page tells.

    `agents` and `tasks` hold only what the person may see; `entries` are of the finding itself.
    """

    finding: Finding
    agents: dict[str, Agent]
    tasks: dict[str, Task]
    steps: dict[str, Step]
    responses: list[Response]
    similar: list[Finding]
    similar_count: int
    entries: list[Entry]
    able: list[Person] = field(default_factory=list)


def listed(person: Person, asked: Asked) -> QuerySet[Finding]:
    """Findings that match all that is asked for, worst first, then newest."""
    found = findings_for(person).filter(STATES.get(asked.state, STATES["standing"]))
    if asked.mine:
        found = found.filter(assignee=person)
    if asked.detector:
        found = found.filter(detector=asked.detector)
    if asked.severity:
        found = found.filter(severity=asked.severity)
    if asked.unit:
        found = found.filter(within([asked.unit]))
    for word in asked.words.split():
        named = agents_for(person).filter(Q(name__icontains=word) | Q(slug__icontains=word))
        keys = [str(key) for key in named.values_list("pk", flat=True)[:50]]
        about = Q(title__icontains=word) | Q(detector__icontains=word)
        for key in keys:
            about |= Q(agents__contains=[key])
        found = found.filter(about | Q(goal__title__icontains=word))
    related = found.select_related("goal", "assignee")
    if asked.state == "standing":
        return related.order_by("-severity_rank", "-last_seen", "pk")
    return related.order_by("-last_seen", "pk")


def page_of(found: QuerySet[Finding], number: str | None) -> Page[Finding]:
    """One page of the feed."""
    return Paginator(found, PAGE).get_page(number)


def counts(person: Person) -> dict[str, int]:
    """How many findings there are in each state of the feed."""
    rows = findings_for(person).order_by().values_list("state").annotate(total=Count("pk"))
    by_state = dict(rows)
    return {
        "standing": sum(by_state.get(state.value, 0) for state in STANDING),
        "muted": by_state.get(FindingState.MUTED, 0),
        "resolved": by_state.get(FindingState.RESOLVED, 0),
    }


def kinds(person: Person) -> dict[str, int]:
    """How many standing findings each detector has."""
    found = findings_for(person).filter(STATES["standing"]).order_by().values_list("detector")
    return dict(found.annotate(total=Count("pk")))


def agents_named(person: Person, findings: Iterable[Finding]) -> dict[str, Agent]:
    """The agents that findings name, as far as the person may see them."""
    keys = {key for finding in findings for key in finding.agents}
    return {str(agent.pk): agent for agent in agents_for(person).filter(pk__in=keys)}


def case(person: Person, finding: Finding) -> Case:
    """Everything that the page of a finding shows."""
    similar = (
        findings_for(person)
        .filter(
            detector=finding.detector,
            found_at__gte=timezone.now() - timedelta(days=RECENT_DAYS),
        )
        .exclude(pk=finding.pk)
        .select_related("goal")
        .order_by("-found_at")
    )
    latest = list(similar[:SIMILAR])
    node_agents = {str(node["agent"]) for node in finding.nodes if node["agent"]}
    keys = {*finding.agents, *node_agents, *(key for one in latest for key in one.agents)}
    steps = _steps(person, finding)
    tasks = {*finding.tasks, *(str(step.task_id) for step in steps.values())}
    return Case(
        finding=finding,
        agents={str(row.pk): row for row in agents_for(person).filter(pk__in=keys)},
        tasks={str(row.pk): row for row in tasks_for(person).filter(pk__in=tasks)},
        steps=steps,
        responses=list(finding.responses.select_related("person").order_by("-created_at")),
        similar=latest,
        similar_count=similar.count(),
        entries=_entries(finding),
        able=_able(finding),
    )


def _steps(person: Person, finding: Finding) -> dict[str, Step]:
    """Steps among the evidence, by the id of their node."""
    named = {node["id"].partition(":")[0]: node["id"] for node in finding.nodes}
    keys = [key for key in named if _is_id(key)]
    found = steps_for(person).filter(pk__in=keys)
    return {named[str(step.pk)]: step for step in found}


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def _entries(finding: Finding) -> list[Entry]:
    of_responses = [str(key) for key in finding.responses.values_list("pk", flat=True)]
    about = Q(subject_kind="finding", subject_id=str(finding.pk))
    about |= Q(subject_kind="response", subject_id__in=of_responses)
    return list(Entry.objects.filter(about).order_by("id")[:100])


def able_person(finding: Finding, key: object) -> Person:
    """One of those who may see to a finding; InvalidInput when it is nobody of them."""
    for person in _able(finding):
        if str(person.pk) == str(key):
            return person
    raise InvalidInput("Nobody of that name may see to it here.")


def _able(finding: Finding) -> list[Person]:
    people = {
        person.pk: person
        for role in (Role.OPERATOR, Role.ADMIN)
        for person in people_with_role(role, finding.scope)
    }
    return sorted(people.values(), key=str)


def latest_of(person: Person, count: int) -> list[Finding]:
    """The worst standing findings, for the overview."""
    found = findings_for(person).filter(STATES["standing"])
    return list(found.order_by("-severity_rank", F("last_seen").desc())[:count])


def names(agents: Mapping[str, Agent]) -> dict[str, str]:
    """Names of agents by id."""
    return {key: agent.name for key, agent in agents.items()}
