"""From a commit to the browser, and from a click to the step that waited for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from audit.models import Entry
from orchestration.models import Approval, Step
from orchestration.operations import interventions
from tests.bench.conftest import BenchWorld
from tests.bench.figures import say_latency
from tests.integration.live.lines import sign_in
from tests.machinery.programs import Programs

SAMPLES = 30
PATIENCE_S = 30

WATCH = """(id) => {
  window.seen = [];
  new MutationObserver(() => window.seen.push([Date.now(), document.getElementById(id).innerText]))
    .observe(document.getElementById("agents") ?? document.body,
      {childList: true, subtree: true, characterData: true, attributes: true});
}"""
SEEN = "(word) => (window.seen.find(([, text]) => text.includes(word)) ?? [0])[0]"


def test_commit_to_browser(world: BenchWorld, page: Any, console_server: str) -> None:
    agent = world.declared("poster")
    cookie = sign_in(world.operator).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": console_server}])
    page.goto(f"{console_server}/agents/")
    page.wait_for_selector("[data-live-switch]:has-text('Live')")
    taken = []
    for sample in range(SAMPLES):
        paused = sample % 2 == 0
        page.evaluate(WATCH, f"agent-{agent.pk}")
        act = interventions.pause_agent if paused else interventions.resume_agent
        agent.refresh_from_db()
        act(agent=agent, person=world.operator)
        committed = Entry.objects.filter(subject_id=str(agent.pk)).order_by("-id")[0].recorded_at
        word = "Paused" if paused else "Active"
        until(lambda word=word: page.evaluate(SEEN, word))
        taken.append(page.evaluate(SEEN, word) / 1000 - committed.timestamp())
        time.sleep(0.13)
    say_latency("commit to browser", taken)


def test_click_to_resume(world: BenchWorld, programs: Programs) -> None:
    world.declared("payer", autonomy="act-with-approval")
    _, server = programs.web()
    for queue in ("work", "control"):
        start_worker(programs, queue)
    programs.beat()
    for _ in range(SAMPLES):
        world.goal_for("paying")
    until(lambda: Approval.objects.filter(state="open").count() == SAMPLES)
    browser = sign_in(world.first)
    cookies = {"sessionid": browser.cookies["sessionid"].value}
    taken = []
    with httpx.Client(base_url=server, cookies=cookies, headers={"Referer": server}) as client:
        client.get("/approvals/")
        for approval in Approval.objects.filter(state="open"):
            clicked = datetime.now(UTC)
            answer(client, approval)
            until(lambda approval=approval: finished(approval))
            taken.append((finished(approval) - clicked).total_seconds())
    say_latency("click to the end of the step that waited", taken)


def start_worker(programs: Programs, queue: str) -> None:
    """A worker that knows the agents of the benches."""
    slots = "1" if queue == "control" else "2"
    started = programs.start(
        *("-m", "celery", "-A", "console", "worker", "-Q", queue, "-c", slots),
        *("--include", "tests.bench.fleet", "--without-gossip", "--without-mingle"),
        f"--hostname={queue}@%h",
        name=queue,
        RUNS_AS="worker",
    )
    started.wait_for(lambda: " ready." in started.output(), "worker ready")


def answer(client: httpx.Client, approval: Approval) -> None:
    """Say yes as the page's form does."""
    token = client.cookies["csrftoken"]
    form = {"decision": "approve", "reason": "measured", "digest": approval.digest}
    said = client.post(f"/approvals/{approval.pk}/", data={**form, "csrfmiddlewaretoken": token})
    assert said.status_code == 302, said.text[:500]


def finished(approval: Approval) -> Any:
    """When the step that waited was done; None while it is not."""
    return Step.objects.get(pk=approval.step_id).finished_at


def until(so: Callable[[], object]) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + PATIENCE_S
    while not so():
        assert time.monotonic() < ends, "it never came to be so"
        time.sleep(0.01)
