"""Rules come into force by four eyes, go back in one act, and no change is lost or hidden."""

from __future__ import annotations

import pytest

from audit.models import Entry
from orchestration.errors import IllegalTransition, InvalidInput, NotAllowed, StaleWrite
from orchestration.models import Bundle, PolicyDraft, Step
from orchestration.models import World as Gate
from orchestration.operations import policy_drafts, policy_texts
from orchestration.operations.policy_drafts import DraftEdit
from orchestration.policy.textual import changes
from orchestration.vocabulary import DraftState, Role
from tests.integration.orchestration.world import World, tool_that


def text(most: int = 10, key: str = "tests.most", unit: str = "acme") -> str:
    return (
        f"policy: {key}\ntitle: At most {most}\nscope: {{tools: ['tests.*'], units: [{unit}/**]}}\n"
        f"rules:\n  - {{name: over, effect: deny, when: act.arguments.n > {most}}}\n"
        f"tests:\n  - given: {{act: {{target: tests.x, arguments: {{n: {most}}}}}}}\n"
        "    expect: nothing\n"
    )


@pytest.fixture
def admins(world: World) -> tuple[World, object, object]:
    """The world with its baseline in force, and two admins."""
    from orchestration.operations import installation

    installation.install()
    return world, world.asker, world.person("abe", Role.ADMIN)


def open_limit(person, most: int = 10, scope: str = "acme") -> PolicyDraft:
    edit = DraftEdit(texts=(text(most),), title="A limit", reason="too much")
    return policy_drafts.open_draft(scope=scope, person=person, edit=edit)


def published(author, other, most: int = 10) -> Bundle:
    draft = open_limit(author, most)
    policy_drafts.review_draft(draft=draft, person=other)
    return policy_drafts.publish_draft(draft=draft, person=other, reason="agreed")


def test_a_draft_becomes_a_bundle_by_two_people_and_the_old_one_is_superseded(admins) -> None:
    _, ada, abe = admins
    before = Bundle.objects.get(state="active")
    bundle = published(ada, abe)
    before.refresh_from_db()
    assert (bundle.number, before.state) == (before.number + 1, "superseded")
    assert (bundle.publisher, bundle.reason, len(bundle.hash)) == (abe, "agreed", 64)
    assert Gate.objects.get().bundle == bundle.number
    [change] = changes(policy_texts.sources_of(before), policy_texts.sources_of(bundle))
    assert (change.key, change.kind) == ("tests.most", "added")
    kinds = Entry.objects.filter(kind__startswith="policy_draft.").order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == [
        "policy_draft.opened",
        "policy_draft.reviewed",
        "policy_draft.published",
    ]
    assert PolicyDraft.objects.get().bundle == bundle.number


def test_who_wrote_a_draft_neither_reviews_nor_publishes_it(admins) -> None:
    _, ada, abe = admins
    draft = open_limit(ada)
    with pytest.raises(NotAllowed, match="can't review"):
        policy_drafts.review_draft(draft=draft, person=ada)
    with pytest.raises(IllegalTransition, match="reviewed before"):
        policy_drafts.publish_draft(draft=draft, person=abe)
    policy_drafts.review_draft(draft=draft, person=abe)
    with pytest.raises(NotAllowed, match="can't publish"):
        policy_drafts.publish_draft(draft=draft, person=ada)
    assert Bundle.objects.count() == 1


def test_everybody_who_edited_is_an_author_and_an_edit_undoes_the_review(admins) -> None:
    world, ada, abe = admins
    eve = world.person("eve", Role.ADMIN)
    draft = open_limit(ada)
    policy_drafts.review_draft(draft=draft, person=abe)
    policy_drafts.change_draft(draft=draft, person=eve, edit=DraftEdit(texts=(text(5),)))
    assert (draft.state, draft.reviewer) == (DraftState.DRAFT, None)
    with pytest.raises(NotAllowed):
        policy_drafts.review_draft(draft=draft, person=eve)
    policy_drafts.review_draft(draft=draft, person=abe)
    assert policy_drafts.publish_draft(draft=draft, person=abe).number == 2


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.APPROVER])
def test_others_than_admins_write_and_publish_nothing(admins, role: Role) -> None:
    world, ada, abe = admins
    other = world.person(f"some-{role}", role)
    with pytest.raises(NotAllowed):
        open_limit(other)
    draft = open_limit(ada)
    with pytest.raises(NotAllowed):
        policy_drafts.review_draft(draft=draft, person=other)
    policy_drafts.review_draft(draft=draft, person=abe)
    with pytest.raises(NotAllowed):
        policy_drafts.publish_draft(draft=draft, person=other)


def test_a_reviewer_reviews_and_an_admin_publishes(admins) -> None:
    world, ada, abe = admins
    rita = world.person("rita", Role.REVIEWER)
    draft = open_limit(ada)
    policy_drafts.return_draft(draft=draft, person=rita, note="ten is too many")
    policy_drafts.change_draft(draft=draft, person=ada, edit=DraftEdit(texts=(text(3),)))
    policy_drafts.review_draft(draft=draft, person=rita, note="good")
    with pytest.raises(NotAllowed):
        policy_drafts.publish_draft(draft=draft, person=rita)
    assert policy_drafts.publish_draft(draft=draft, person=abe).number == 2


def test_of_two_admins_editing_the_second_sees_the_first_ones_change_and_loses_nothing(
    admins,
) -> None:
    _, ada, abe = admins
    draft = open_limit(ada)
    hers = PolicyDraft.objects.get(pk=draft.pk)
    his = PolicyDraft.objects.get(pk=draft.pk)
    policy_drafts.change_draft(draft=hers, person=ada, edit=DraftEdit(texts=(text(7),)))
    with pytest.raises(StaleWrite, match="look again"):
        policy_drafts.change_draft(draft=his, person=abe, edit=DraftEdit(texts=(text(8),)))
    now = PolicyDraft.objects.get(pk=draft.pk)
    assert policy_texts.draft_sources(now) == {"tests.most": text(7)}
    policy_drafts.change_draft(draft=now, person=abe, edit=DraftEdit(texts=(text(8),)))
    assert policy_texts.draft_sources(now) == {"tests.most": text(8)}
    assert now.authors == sorted([str(ada.pk), str(abe.pk)])


def test_what_another_bundle_changed_meanwhile_is_not_overwritten(admins) -> None:
    _, ada, abe = admins
    slow = open_limit(ada, 50)
    published(abe, ada, 20)
    policy_drafts.review_draft(draft=slow, person=abe)
    with pytest.raises(StaleWrite, match=r"tests\.most changed in force"):
        policy_drafts.publish_draft(draft=slow, person=abe)
    assert "At most 20" in policy_texts.sources_of(policy_texts.active_bundle())["tests.most"]


def test_rolling_back_is_one_act_that_makes_an_equal_bundle_under_rights(admins) -> None:
    world, ada, abe = admins
    first = published(ada, abe, 10)
    second = published(abe, ada, 99)
    with pytest.raises(NotAllowed, match="bring it back"):
        policy_drafts.roll_back(to=first, person=ada, reason="mine was better")
    with pytest.raises(NotAllowed):
        policy_drafts.roll_back(to=first, person=world.operator, reason="I say so")
    third = policy_drafts.roll_back(to=first, person=abe, reason="too many payments")
    assert (third.number, third.hash, third.restores) == (second.number + 1, first.hash, 2)
    assert policy_texts.sources_of(third) == policy_texts.sources_of(first)
    with pytest.raises(IllegalTransition, match="in force"):
        policy_drafts.roll_back(to=first, person=abe, reason="again")


def test_a_text_with_faults_is_refused_with_line_and_column(admins) -> None:
    _, ada, _ = admins
    wrong = text().replace("act.arguments.n", "act.argumnets.n")
    with pytest.raises(InvalidInput, match=r"line 5, column \d+.*did you mean act.arguments"):
        policy_drafts.open_draft(
            scope="acme", person=ada, edit=DraftEdit(texts=(wrong,), title="Wrong")
        )
    assert not PolicyDraft.objects.exists()


def test_a_draft_whose_own_tests_fail_is_not_reviewed(admins) -> None:
    _, ada, abe = admins
    wrong = text().replace("expect: nothing", "expect: deny")
    draft = policy_drafts.open_draft(
        scope="acme", person=ada, edit=DraftEdit(texts=(wrong,), title="Wrong")
    )
    with pytest.raises(InvalidInput, match="expected deny, the policy says nothing"):
        policy_drafts.review_draft(draft=draft, person=abe)


def test_a_unit_rules_itself_and_no_other(admins) -> None:
    world, ada, abe = admins
    south = world.open_unit("acme/south")
    sam = world.person("sam", Role.ADMIN, south)
    beyond = DraftEdit(texts=(text(),), title="All of it")
    with pytest.raises(InvalidInput, match="acme/south speaks about acme/south only"):
        policy_drafts.open_draft(scope="acme/south", person=sam, edit=beyond)
    with pytest.raises(NotAllowed):
        policy_drafts.open_draft(scope="acme", person=sam, edit=beyond)
    with pytest.raises(NotAllowed):
        policy_drafts.open_draft(scope="", person=sam, edit=beyond)
    published(ada, abe)
    theirs = DraftEdit(texts=(text(1, unit="acme/south"),), title="Take it over")
    with pytest.raises(NotAllowed, match="kept by acme"):
        policy_drafts.open_draft(scope="acme/south", person=sam, edit=theirs)
    own = DraftEdit(texts=(text(1, key="south.most", unit="acme/south"),), title="Our own")
    assert policy_drafts.open_draft(scope="acme/south", person=sam, edit=own).base == 2


def test_a_policy_is_taken_out_by_a_draft_as_well(admins) -> None:
    _, ada, abe = admins
    edit = DraftEdit(removed=("baseline.money",), title="No money here")
    with pytest.raises(NotAllowed, match="kept by the whole installation"):
        policy_drafts.open_draft(scope="acme", person=ada, edit=edit)
    draft = policy_drafts.open_draft(scope="", person=ada, edit=edit)
    policy_drafts.review_draft(draft=draft, person=abe)
    bundle = policy_drafts.publish_draft(draft=draft, person=abe)
    assert "baseline.money" not in policy_texts.sources_of(bundle)


def test_a_pack_comes_as_a_draft_bound_to_its_unit_and_rules_nothing_before_it_is_published(
    admins,
) -> None:
    _, ada, abe = admins
    draft = policy_drafts.open_pack(name="payments", scope="acme", person=ada)
    assert sorted(draft.texts) == [
        "acme.payments.counted",
        "acme.payments.payee",
        "acme.payments.two-people",
    ]
    assert Bundle.objects.count() == 1
    policy_drafts.review_draft(draft=draft, person=abe)
    policy_drafts.publish_draft(draft=draft, person=abe)
    assert "acme.payments.payee" in policy_texts.sources_of(policy_texts.active_bundle())


def test_a_published_or_withdrawn_draft_stays_as_it_is(admins) -> None:
    _, ada, abe = admins
    published(ada, abe)
    done = PolicyDraft.objects.get()
    given_up = open_limit(ada, 3)
    policy_drafts.withdraw_draft(draft=given_up, person=ada, reason="no need")
    for draft in (done, given_up):
        with pytest.raises(IllegalTransition):
            policy_drafts.change_draft(draft=draft, person=ada, edit=DraftEdit(title="More"))


def test_each_decision_says_which_bundle_it_was_made_under(admins) -> None:
    world, ada, abe = admins
    name = tool_that(lambda call: {}, idempotent=True)

    def run(task):
        task.call(name, n=1)
        published(ada, abe, 1)
        task.call(name, n=2)

    world.agent(run, grants=(name,))
    world.goal()
    assert world.run() == ["failed"]
    steps = Step.objects.filter(act="tool.call").order_by("ordinal")
    assert list(steps.values_list("bundle", "effect")) == [(1, "allow"), (2, "deny")]
    assert steps[1].decision["bundle_hash"] == Bundle.objects.get(number=2).hash


def test_installing_again_undoes_nothing_that_people_decided(admins) -> None:
    from orchestration.operations import installation

    _, ada, abe = admins
    sources = policy_texts.sources_of(policy_texts.active_bundle())
    stricter = sources["baseline.delegation"].replace("task.depth >= 12", "task.depth >= 11")
    stricter = stricter.replace("depth: 12", "depth: 11")
    edit = DraftEdit(texts=(stricter,), removed=("baseline.money",), title="Stricter")
    draft = policy_drafts.open_draft(scope="", person=ada, edit=edit)
    policy_drafts.review_draft(draft=draft, person=abe)
    policy_drafts.publish_draft(draft=draft, person=abe)
    installation.install()
    now = policy_texts.sources_of(policy_texts.active_bundle())
    assert now["baseline.delegation"] == stricter
    assert "baseline.money" not in now
    assert Bundle.objects.count() == 2
