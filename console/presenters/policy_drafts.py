"""Drafts of policies: the list, and one draft on its way to a bundle. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse

from console.presenters import formats
from console.presenters.policy_check import passed
from console.presenters.policy_diff import files as diffed
from orchestration.policy.textual import changes

if TYPE_CHECKING:
    from console.queries.policy_drafts import DraftStory
    from orchestration.models import Person, PolicyDraft

EVERYWHERE = "the whole installation"
NAMED = 3
"""Policies or people named before the rest is only counted."""

NEW = "+"
"""Stands for a policy that has no name yet, in the address of a draft."""

FIRST = """policy: {name}
title: Say in one sentence what it does
scope: {scope}
mode: shadow             # or enforce
rules:
  - name: first
    when: act.effect == "irreversible"
    effect: hold
    approval: {{from: [approver], quorum: 1, expires: 15m}}
    reason: "{{act.target}} can't be undone"
tests:
  - {{name: a read goes on, given: {{act: {{effect: read}}}}, expect: nothing}}
  - {{name: what can't be undone waits, given: {{act: {{effect: irreversible}}}}, expect: hold}}
"""


def first_text(scope: str) -> str:
    """What a new policy of a unit begins with: it can be saved as it stands, and only watches."""
    name = f"{scope.replace('/', '.')}.new-policy" if scope else "new-policy"
    units = f", units: [{scope}/**]" if scope else ""
    return FIRST.format(name=name, scope=f"{{acts: [tool.call]{units}}}")


def row(draft: PolicyDraft) -> dict[str, Any]:
    """A draft in the list."""
    keys = list(draft.texts)
    return {
        "id": str(draft.pk),
        "title": draft.title,
        "url": reverse("draft", args=[draft.pk]),
        "state": draft.state,
        "scope": draft.scope or EVERYWHERE,
        "author": str(draft.author) if draft.author else "Signalbox",
        "at": draft.created_at,
        "policies": keys,
        "some": _some(keys),
        "bundle": draft.bundle,
    }


def _some(keys: Sequence[str]) -> str:
    rest = len(keys) - NAMED
    return ", ".join(keys[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def facts(story: DraftStory, found: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The strip above the editor; `found` is the check of the text shown."""
    draft, active = story.row, story.active
    rows: list[dict[str, Any]] = [
        {"label": "State", "text": "", "state": ["draft", draft.state]},
        {"label": "Draft", "text": f"revision {draft.revision}"},
        {"label": "Kept by", "text": draft.scope or EVERYWHERE},
        {
            "label": "In force",
            "text": f"bundle {active.number}" if active else "nothing",
            "url": reverse("bundle", args=[active.number]) if active else "",
        },
    ]
    if draft.bundle:
        url = reverse("bundle", args=[draft.bundle])
        rows.append({"label": "Went into", "text": f"bundle {draft.bundle}", "url": url})
    if found is not None:
        rows.append({"label": "Tests", "text": passed(found)})
    return rows


def _replayed(replay: Any) -> str:
    if replay.state in {"queued", "running"}:
        return f"{formats.number(replay.done)} of {formats.number(replay.total)} so far"
    if replay.state != "done":
        return str(replay.state)
    return f"over {formats.number(replay.total)} decisions"


def files(story: DraftStory, current: str) -> list[dict[str, Any]]:
    """The policies that the draft changes."""
    shown = []
    for key, text in story.texts.items():
        kind = "removed" if text is None else "changed" if key in story.in_force else "added"
        label = {"removed": "Taken out", "changed": "Changed", "added": "New"}[kind]
        tone = {"removed": "deny", "changed": "accent", "added": "allow"}[kind]
        url = address(story.row, key)
        shown.append(
            {
                "key": key,
                "label": label,
                "tone": tone,
                "url": url,
                "current": key == current,
                "removed": text is None,
            }
        )
    return shown


def address(draft: PolicyDraft, key: str = "") -> str:
    """The page of a draft with one of its policies, or one that it could change, in the editor."""
    query = f"?{urlencode({'policy': key})}" if key else ""
    return reverse("draft", args=[draft.pk]) + query


def opened(story: DraftStory, asked: str) -> tuple[str, str]:
    """Which policy the editor shows, and its text as the draft has it: (key, text)."""
    written = [key for key, text in story.texts.items() if text is not None]
    key = asked or (written[0] if written else "")
    if not key or key == NEW:
        return "", first_text(story.row.scope)
    text = story.texts[key] if key in story.texts else story.in_force.get(key, "")
    return key, text or story.in_force.get(key, "")


def gate(story: DraftStory, tests: tuple[int, int]) -> list[dict[str, Any]]:
    """What stands between a draft and the rules in force; `tests` are passed and all."""
    draft = story.row
    done, total = tests
    steps: list[dict[str, Any]] = [
        {
            "mark": "allow" if story.texts else "hold",
            "title": f"Written by {_names(story.authors) or 'Signalbox'}",
            "text": f"revision {draft.revision}, {_changed(len(story.texts))}",
            "at": draft.created_at,
        },
        {
            "mark": ("allow" if done == total else "deny") if total else "none",
            "title": f"{done} of {total} tests pass" if total else "No tests inside",
            "text": "" if total else "A test says what a policy must answer.",
        },
        _replay_step(story),
    ]
    if draft.state == "withdrawn":
        return [*steps, {"mark": "deny", "title": "Withdrawn", "text": draft.note}]
    return [*steps, _review_step(story), _publish_step(story)]


def _names(people: Sequence[Person]) -> str:
    return " and ".join(map(str, people))


def _changed(count: int) -> str:
    return f"{count} {'policy' if count == 1 else 'policies'}"


def _replay_step(story: DraftStory) -> dict[str, Any]:
    replay = story.replay
    if replay is None:
        return {"mark": "none", "title": "Not replayed yet", "text": "What it changes is unknown."}
    marks = {"done": "allow", "failed": "deny"}
    return {
        "mark": marks.get(replay.state, "hold"),
        "title": "Replayed over history" if replay.state == "done" else "Replay under way",
        "text": _replayed(replay),
        "url": reverse("replay", args=[replay.pk]),
    }


def _review_step(story: DraftStory) -> dict[str, Any]:
    draft = story.row
    if draft.state in {"reviewed", "published"}:
        who = draft.reviewer or "somebody"
        step = {"mark": "allow", "title": f"Reviewed by {who}", "text": draft.note}
        return {**step, "at": draft.reviewed_at}
    asked = _names(story.others[:NAMED]) or "nobody else holds the right"
    title = "Sent back" if draft.note else "Waits for review"
    said = f"{draft.note} " if draft.note else ""
    return {"mark": "hold", "title": title, "text": f"{said}Can review: {asked}"}


def _publish_step(story: DraftStory) -> dict[str, Any]:
    draft = story.row
    if draft.state == "published":
        url = reverse("bundle", args=[draft.bundle])
        return {"mark": "allow", "title": f"Published as bundle {draft.bundle}", "url": url}
    waits = "hold" if draft.state == "reviewed" else "none"
    asked = _names(story.others[:NAMED]) if draft.state == "reviewed" else ""
    text = f"Can publish: {asked}" if asked else "By an admin who did not write it."
    return {"mark": waits, "title": "Not in force", "text": text}


def difference(story: DraftStory) -> list[dict[str, Any]]:
    """The difference to what is in force, policy by policy."""
    mine = {key: text for key, text in story.texts.items() if text is not None}
    base = {key: text for key, text in story.in_force.items() if key in story.texts}
    return diffed(changes(base, mine))
