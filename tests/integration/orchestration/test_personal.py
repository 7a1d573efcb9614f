"""What belongs to a person is nowhere in clear, and nowhere at all once the person is erased."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from audit import payloads
from audit.models import Entry
from audit.payloads import ERASED
from audit.subjects import subject_of, subjects_meant
from orchestration.models import Approval, BoardEntry, Message, Step, Task
from orchestration.operations import approvals, people
from orchestration.operations.changes import SYSTEM
from orchestration.operations.planning import TaskSpec
from orchestration.policy.personal import label_of
from orchestration.reconstruction.reading import reconstruct_everything
from tests.integration.orchestration.comparing import differences, tables
from tests.integration.orchestration.scenes import Scene
from tests.integration.orchestration.world import tool_that

ADDRESS = "ada.lovelace@example.com"
NAME = "Ada Lovelace"
LETTER = "Dear Ada Lovelace, your engine is ready."
SECRETS = (ADDRESS, NAME, LETTER)
RESULT = {
    "type": "object",
    "properties": {
        "customers": {
            "type": "array",
            "items": {
                "properties": {
                    "address": {"type": "string", "personal": True},
                    "name": {"type": "string", "personal": "/result/customers/*/address"},
                    "segment": {"type": "string"},
                }
            },
        }
    },
}
ARGUMENTS = {
    "type": "object",
    "properties": {
        "to": {"type": "string", "pattern": "@", "personal": True},
        "body": {"type": "string", "personal": "/arguments/to"},
        "kind": {"type": "string"},
    },
}
ASK = """
policy: tests.letters
title: Letters are looked at
scope: {acts: [tool.call], tools: ["tests.*"]}
mode: enforce
rules:
  - name: letter
    when: act.effect == "irreversible" && act.arguments.to != ""
    effect: hold
    approval: {from: [approver], quorum: 1, expires: 15m}
    reason: "a letter to {act.arguments.to}"
"""


class Office(Scene):
    """A world in which an agent looks a customer up and writes to her, telling others of it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.find = tool_that(
            lambda call: {
                "customers": [
                    {"address": ADDRESS, "name": NAME, "segment": "engines"},
                    {"address": "bo@example.com", "name": "Bo", "segment": "looms"},
                ]
            },
            effect="read",
            idempotent=True,
            result=RESULT,
        )
        self.mail = tool_that(
            lambda call: {"sent": call.arguments["to"]},
            effect="irreversible",
            arguments=ARGUMENTS,
            result={"properties": {"sent": {"personal": "/arguments/to"}}},
        )
        self.policy(ASK)
        self.agent(lambda task: self.tell(task), grants=(self.find, self.mail))
        self.agent(lambda task: {"heard": task.input}, capability="listening")

    def tell(self, task: Any) -> Any:
        if task.key.startswith("follow"):
            return {"to": task.input["whom"], "read": task.read("customer").value}
        ada = task.call(self.find)["customers"][0]
        task.post("customer", {"who": ada["address"], "segment": ada["segment"]})
        task.send("capability:work", "note.v1", {"about": ada["name"]})
        task.ask("listening", {"about": ada["name"]})
        task.add([TaskSpec("follow", "work", f"Call {ada['name']}", {"whom": ada["address"]})])
        task.call(self.mail, to=ada["address"], body=LETTER, kind="news")
        return {"wrote": [letter.body for letter in task.messages("note.v1")]}

    def write(self) -> None:
        """Let the agent do all of it, with a person's leave."""
        self.goal()
        self.run()
        approval = Approval.objects.get()
        approvals.cast_vote(
            approval_id=approval.pk,
            person=self.first,
            verdict="approve",
            reason="fine",
            digest=approval.digest,
        )
        assert set(self.run()) == {"done"}


@pytest.fixture
def office(db: None, tmp_path: Path) -> Office:
    return Office(tmp_path)


def every_row() -> dict[str, str]:
    """All that the database holds, as text, by table."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class where relkind in ('r', 'p') and not relispartition"
            " and relnamespace = 'public'::regnamespace"
            " and has_table_privilege(oid, 'select')"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"select coalesce(string_agg(t::text, chr(10)), '') from \"{table}\" t")
            found[table] = cursor.fetchone()[0]
    return found


def told_in_clear(*secrets: str) -> list[str]:
    return [
        f"{table}: {secret}"
        for table, text in every_row().items()
        for secret in secrets
        if secret in text
    ]


def all_payloads() -> dict[str, Any]:
    """Every payload as a reader gets it."""
    with connection.cursor() as cursor:
        cursor.execute("select 'sha256:' || encode(digest, 'hex') from audit_payload")
        digests = [digest for (digest,) in cursor.fetchall()]
    return payloads.load_many(digests)


def test_nothing_personal_stands_anywhere_in_clear(
    office: Office, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    office.write()
    assert told_in_clear(*SECRETS) == []
    printed = capsys.readouterr()
    for text in (caplog.text, printed.out, printed.err):
        assert not any(secret in text for secret in SECRETS)
    read = str(list(all_payloads().values()))
    assert all(secret in read for secret in SECRETS)


def test_what_is_erased_reads_erased_everywhere_and_the_rest_stays(office: Office) -> None:
    office.write()
    step = Step.objects.get(target=office.mail)
    [approval] = Approval.objects.all()
    assert payloads.load(step.arguments) == {"to": ADDRESS, "body": LETTER, "kind": "news"}
    call_command("ledger", "erase", ADDRESS.upper(), "--reason", "asked for it")
    read = str(list(all_payloads().values()))
    assert not any(secret in read for secret in SECRETS)
    assert payloads.load(step.arguments) == {"to": ERASED, "body": ERASED, "kind": ERASED}
    assert payloads.load(approval.preview)["arguments"]["to"] == ERASED
    assert payloads.load(step.outcome) == {"sent": ERASED}
    found = payloads.load(Step.objects.get(target=office.find).outcome)["customers"]
    assert found[0] == {"address": ERASED, "name": ERASED, "segment": "engines"}
    assert found[1] == {"address": "bo@example.com", "name": "Bo", "segment": "looms"}
    post = payloads.load(BoardEntry.objects.get().value)
    assert post == {"who": ERASED, "segment": "engines"}
    assert payloads.load(Message.objects.get().body) == {"about": ERASED}
    follow = Task.objects.get(key="follow")
    assert payloads.load(follow.input) == {"whom": ERASED}
    assert payloads.load(follow.result) == {"to": ERASED, "read": post}
    assert payloads.load(Task.objects.get(capability="listening").result) == {
        "heard": {"about": ERASED}
    }
    assert differences(reconstruct_everything(), tables()) == []


def test_labels_name_the_subject_by_an_id_that_tells_nothing(office: Office) -> None:
    office.write()
    own = ["personal", label_of(subject_of(ADDRESS))]
    found = Step.objects.get(target=office.find).labels
    assert found["customers.0.address"] == own
    assert found["customers.0.name"] == own
    assert found["customers.1.name"] == ["personal", label_of(subject_of("bo@example.com"))]
    assert "customers.0.segment" not in found
    considered = payloads.load(Step.objects.get(target=office.mail).decision_input)
    assert considered["request"]["act"]["labels"]["to"] == own
    assert set(own) <= set(considered["request"]["act"]["labels"]["body"])


def test_reasons_and_titles_leave_personal_values_out(office: Office) -> None:
    office.write()
    [approval] = Approval.objects.all()
    assert payloads.load(approval.preview)["reasons"] == ["a letter to (personal)"]
    assert approval.title == f"Do {office.mail}"
    assert Task.objects.get(key="follow").title == "Call [personal]"
    entries = [entry for entry in Entry.objects.all() if entry.kind == "approval.opened"]
    assert entries


def test_a_call_about_somebody_erased_is_another_call(office: Office) -> None:
    """Its digest can't be guessed at any more, so a task that waits is parked for a person."""
    office.goal()
    office.run()
    [approval] = Approval.objects.all()
    call_command("ledger", "erase", ADDRESS, "--reason", "asked for it")
    approvals.cast_vote(
        approval_id=approval.pk,
        person=office.first,
        verdict="approve",
        reason="fine",
        digest=approval.digest,
    )
    office.run()
    parked = Task.objects.get(state="parked")
    assert parked.park_reason == "diverged"
    assert told_in_clear(*SECRETS) == []


def test_a_failure_that_repeats_what_is_personal_is_kept_without_it(
    db: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    office = Office(tmp_path)

    def bounce(call: Any) -> Any:
        raise RuntimeError(f"no mailbox {call.arguments['to']}")

    broken = tool_that(bounce, effect="read", arguments=ARGUMENTS)

    def run(task: Any) -> Any:
        ada = task.call(office.find)["customers"][0]
        try:
            task.call(broken, to=ada["address"])
        except Exception as error:
            raise RuntimeError(f"gave up on {ada['name']}: {error}") from error

    office.agent(run, capability="calling", grants=(office.find, broken))
    goal = office.goal(planner="calling")
    office.run()
    task = Task.objects.get(goal=goal)
    assert task.state == "failed"
    assert "gave up on [personal]" in task.reason
    assert told_in_clear(*SECRETS) == []
    assert not any(secret in caplog.text for secret in SECRETS)
    assert ADDRESS in str(payloads.load(Step.objects.get(target=broken).outcome))


def test_what_nobody_knows_happened_is_parked_without_personal_values(
    db: None, tmp_path: Path
) -> None:
    office = Office(tmp_path)

    def break_off(call: Any) -> Any:
        raise OSError(f"the line to {call.arguments['to']} went dead")

    mail = tool_that(break_off, effect="write", arguments=ARGUMENTS)

    def run(task: Any) -> Any:
        return task.call(mail, to=ADDRESS, body=LETTER)

    office.agent(run, capability="calling", grants=(mail,))
    goal = office.goal(planner="calling")
    office.run()
    task = Task.objects.get(goal=goal)
    assert task.park_reason == "unknown"
    assert "the line to [personal] went dead" in task.reason
    assert told_in_clear(*SECRETS) == []


def test_arguments_that_do_not_fit_are_told_without_their_values(office: Office) -> None:
    def run(task: Any) -> Any:
        return task.call(office.mail, to="ada lovelace, London", body=LETTER, kind="news")

    office.agent(run, capability="calling", grants=(office.mail,))
    office.goal(planner="calling")
    office.run()
    step = Step.objects.get(target=office.mail)
    [reason] = payloads.load(step.outcome)["reasons"]
    assert reason == f"{office.mail}: to: it must satisfy pattern '@'"
    assert told_in_clear("ada lovelace, London", LETTER) == []


def test_names_of_people_with_accounts_are_erased_by_their_id(db: None, tmp_path: Path) -> None:
    office = Office(tmp_path)
    rosa = people.admit_person(
        username="rosa.luxemburg", display_name="Rosa L.", password="x", scope="acme", actor=SYSTEM
    )
    entry = Entry.objects.get(kind="person.admitted", subject_id=str(rosa.pk))
    assert "rosa" not in entry.body.casefold()
    assert differences(reconstruct_everything(), tables()) == []
    call_command("ledger", "erase", str(rosa.pk), "--reason", "left")
    assert differences(reconstruct_everything(), tables()) == []
    told = reconstruct_everything().of("person")[str(rosa.pk)].fields
    assert payloads.load(told["username"]) == ERASED
    assert subjects_meant(str(rosa.pk)) == []
    assert office.unit.scope == "acme"


def test_data_of_many_people_fit_into_the_ledger(db: None, tmp_path: Path) -> None:
    """Their labels alone outgrow an entry; they are told by a payload then."""
    office = Office(tmp_path)
    many = [{"address": f"no{n}@example.com", "name": f"Number {n}"} for n in range(400)]
    listing = tool_that(
        lambda call: {"customers": many}, effect="read", idempotent=True, result=RESULT
    )

    def run(task: Any) -> Any:
        found = task.call(listing)["customers"]
        task.post("all", found)
        task.send("capability:work", "list.v1", {"found": found})
        return {"first": task.read("all").value[0], "total": len(found), "say": "many"}

    office.agent(run, capability="listing", grants=(listing,))
    goal = office.goal(planner="listing")
    office.run()
    assert goal.tasks.get().state == "done"
    assert told_in_clear("no7@example.com", "Number 7") == []
    assert differences(reconstruct_everything(), tables()) == []
    assert payloads.load(goal.tasks.get().result)["say"] == "many"
    call_command("ledger", "erase", "no0@example.com", "--reason", "asked for it")
    assert payloads.load(goal.tasks.get().result)["first"] == {"address": ERASED, "name": ERASED}
    assert payloads.load(BoardEntry.objects.get().value)[1] == many[1]
