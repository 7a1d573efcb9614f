"""One step with its reasons, arguments, lineage and ledger entries as templates show it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.presenters import formats
from console.presenters.steps import (
    MOST_ARGUMENTS,
    Shown,
    arguments,
    card_effect,
    personal_paths,
    plain_title,
    quorum_of,
    reasons,
    spoken,
)

if TYPE_CHECKING:
    from console.queries.steps import Recorded, StepStory
    from orchestration.models import Step

YES = "approve"

ERRORS = frozenset({"error", "conflict"})


@dataclass(frozen=True)
class Links:
    """Where the parts of a story lead: a step, a task, an agent, a policy, a request, an entry."""

    step: Callable[[Step], str]
    task: Callable[[str], str]
    agent: Callable[[str], str]
    policy: Callable[[str], str]
    approval: Callable[[str], str]
    entry: Callable[[str], str]
    decision: Callable[[str], str]


def inspect(story: StepStory, links: Links, *, whole: bool = False) -> dict[str, Any]:
    """The context of flows/inspector.html; with `whole` every argument is there."""
    step = story.step
    act = story.considered.get("request", {}).get("act", {})
    labels: Mapping[str, list[str]] = act.get("labels") or {}
    shown = arguments(story.arguments, labels, act.get("origin") or {})
    decision = {**step.decision, **story.considered.get("decision", {})}
    addresses = {key: links.policy(key) for key in story.policies}
    most = None if whole else MOST_ARGUMENTS
    return {
        "id": str(step.pk),
        "number": story.number,
        "of": story.total,
        "effect": card_effect(step.effect, step.flagged),
        "state": step.state,
        "title": _title(story),
        "agent": step.agent.name,
        "agent_url": links.agent(step.agent.slug),
        "act": step.target if step.act == "tool.call" else f"{step.act} {step.target}",
        "decided_at": step.decided_at,
        "reasons": reasons(decision, addresses),
        "arguments": [_argument(item) for item in shown[:most]],
        "more_arguments": 0 if whole else max(len(shown) - MOST_ARGUMENTS, 0),
        "result": None if step.outcome_kind in {"denied", *ERRORS} else story.result,
        "result_masked": personal_paths(step.labels),
        "error": _error(story),
        "lineage": [_ancestor(number, one, links) for number, one in story.lineage],
        "approval": _request(story, links),
        "entry": _entry(story.recorded, links),
        "bundle": step.bundle,
        "attempt": step.attempt.number,
        "generation": step.generation,
        "task": step.task.title,
        "task_url": links.task(str(step.task_id)),
        "decision_url": links.decision(str(step.pk)),
    }


def _title(story: StepStory) -> str:
    if story.approval is not None and story.approval.title:
        return spoken(story.approval.title)
    return plain_title(story.step.act, story.step.target, story.tool_title)


def _argument(item: Shown) -> dict[str, Any]:
    return {
        "name": item.name,
        "value": item.value,
        "labels": list(item.labels),
        "from": item.origin,
        "masked": item.masked,
        "mono": item.mono,
    }


def _error(story: StepStory) -> str:
    if story.step.outcome_kind not in ERRORS or not isinstance(story.result, dict):
        return ""
    if story.step.outcome_kind == "conflict":
        key, found = story.result.get("key", "the key"), story.result.get("found", "another")
        return f"{key} was at version {found} by then"
    return str(story.result.get("message", "the tool answered with a failure"))


def _ancestor(number: int, step: Step, links: Links) -> dict[str, Any]:
    untrusted = any("untrusted" in found for found in step.labels.values())
    return {
        "number": formats.number(number),
        "url": links.step(step),
        "text": f"{_did(step)}, {step.agent.name}",
        "effect": card_effect(step.effect, step.flagged),
        "label": "untrusted" if untrusted else "",
    }


def _did(step: Step) -> str:
    """A result is told by the task it is of."""
    if step.act == "result.publish":
        return step.task.title
    return plain_title(step.act, step.target)


def _request(story: StepStory, links: Links) -> dict[str, Any] | None:
    approval = story.approval
    if approval is None:
        return None
    return {
        "url": links.approval(str(approval.pk)),
        "open": approval.state == "open",
        "state": approval.state,
        "expires_at": approval.expires_at,
        "yes": sum(vote.verdict == YES for vote in story.votes),
        "quorum": quorum_of(approval.clauses),
        "may_decide": approval.state == "open" and not story.barred,
        "barred": story.barred,
        "votes": [
            {
                "name": str(vote.person),
                "effect": "allow" if vote.verdict == YES else "deny",
                "at": vote.created_at,
                "reason": vote.reason,
            }
            for vote in story.votes
        ],
    }


def _entry(recorded: list[Recorded], links: Links) -> dict[str, Any]:
    """The entry of the decision, which is the first one about the step."""
    if not recorded:
        return {}
    return entry_line(recorded[0], links)


def entry_line(one: Recorded, links: Links) -> dict[str, Any]:
    """An entry with its place in the sealed tree, if it has one yet."""
    return {
        "number": one.entry.id,
        "index": one.leaf,
        "kind": one.entry.kind,
        "at": one.entry.recorded_at,
        "digest": bytes(one.entry.leaf_hash).hex(),
        "url": links.entry(str(one.entry.entry_id)),
    }
