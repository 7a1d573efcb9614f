"""Bundles: the history, one bundle, and policies as files to take away. Pure."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from console.presenters.policy_diff import files as diffed
from orchestration.policy.textual import changes

if TYPE_CHECKING:
    from console.queries.policy_bundles import BundleStory
    from orchestration.models import Bundle

SHORT_HASH = 16
OLDEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive, so that the same texts give the same bytes."""


def row(one: Bundle) -> dict[str, Any]:
    """A bundle in the history."""
    return {
        "number": one.number,
        "url": reverse("bundle", args=[one.number]),
        "hash": one.hash[:SHORT_HASH],
        "state": one.state,
        "by": str(one.publisher) if one.publisher else "Signalbox",
        "at": one.published_at,
        "reason": one.reason,
        "restores": one.restores,
    }


def facts(story: BundleStory) -> list[dict[str, Any]]:
    """The strip of a bundle's page."""
    one, draft = story.row, story.draft
    rows: list[dict[str, Any]] = [
        {"label": "State", "text": "", "state": ["bundle", one.state]},
        {"label": "Policies", "text": str(len(story.versions) + story.hidden)},
        {"label": "In force from", "moment": one.published_at},
        {"label": "Published by", "text": row(one)["by"]},
        {"label": "Hash", "text": one.hash[:SHORT_HASH]},
    ]
    if draft is not None:
        url = reverse("draft", args=[draft.pk])
        rows.append({"label": "From draft", "text": draft.title, "url": url})
    if one.restores:
        url = reverse("bundle", args=[one.restores])
        rows.append({"label": "Brought back", "text": f"bundle {one.restores}", "url": url})
    return rows


def versions(story: BundleStory) -> list[dict[str, Any]]:
    """The policies of a bundle, each in the version it holds."""
    return [
        {
            "key": one.policy.key,
            "title": one.policy.title,
            "url": reverse("policy", args=[one.policy.key]),
            "version": one.number,
            "author": str(one.author) if one.author else "shipped",
            "changed": story.before is not None and story.old.get(one.policy.key) != one.source,
        }
        for one in story.versions
    ]


def difference(old: Mapping[str, str], new: Mapping[str, str]) -> list[dict[str, Any]]:
    """The difference between the texts of two bundles."""
    return diffed(changes(old, new))


def archive(texts: Mapping[str, str]) -> bytes:
    """Policies as a zip of YAML files, one a policy; the same texts give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for key, text in sorted(texts.items()):
            info = zipfile.ZipInfo(f"{key}.yaml", date_time=OLDEST)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            packed.writestr(info, text)
    return out.getvalue()
