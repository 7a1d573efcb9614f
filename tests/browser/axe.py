"""Looks at an open page with axe: WCAG A and AA to 2.2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCRIPT = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text()
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """axe.run(document, {runOnly: LEVELS}).then(found => JSON.stringify(
  found.violations.flatMap(rule => rule.nodes.map(node => rule.id + ": " + node.target.join(" ")))
))"""


def violations(page: Any) -> list[str]:
    """Each broken rule with the element that breaks it.

    axe runs in a world of its own, so that the page's security policy stays as strict as it is.
    """
    session = page.context.new_cdp_session(page)
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})
    where = {"contextId": world["executionContextId"]}
    session.send("Runtime.evaluate", {"expression": SCRIPT, **where})
    answer = session.send(
        "Runtime.evaluate",
        {
            "expression": RUN.replace("LEVELS", json.dumps(LEVELS)),
            "awaitPromise": True,
            "returnByValue": True,
            **where,
        },
    )
    found: list[str] = json.loads(answer["result"]["value"])
    return found
