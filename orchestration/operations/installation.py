"""What every installation has from its first start: the baseline bundle and the known tools."""

from __future__ import annotations

from pathlib import Path

from audit import ledger
from orchestration.models import Bundle, PolicyVersion
from orchestration.operations.changes import SYSTEM
from orchestration.operations.fleet import register_tool
from orchestration.operations.policies import parse_policy, publish_bundle, save_policy
from orchestration.operations.watching import begin_watching
from orchestration.tools.contract import declared_tools
from orchestration.vocabulary import BundleState

BASELINE = Path(__file__).parent.parent / "policy" / "baseline"


def install() -> None:
    """Register declared tools and put the baseline policies in force; again changes nothing."""
    with ledger.transaction():
        for spec in declared_tools():
            register_tool(spec=spec, actor=SYSTEM)
        begin_watching()
        add_policies(sorted(BASELINE.glob("*.yaml")), scope="", reason="baseline")


def add_policies(files: list[Path], *, scope: str, reason: str) -> Bundle | None:
    """Publish a bundle of the active policies and these; None when nothing would change.

    What people decided stays: a policy whose text in force a person wrote is not overwritten, and
    one that people took out of force does not come back by itself.
    """
    with ledger.transaction():
        active = Bundle.objects.filter(state=BundleState.ACTIVE).first()
        current: dict[str, PolicyVersion] = {}
        if active is not None:
            current = {v.policy.key: v for v in active.versions.select_related("policy")}
        wanted = dict(current)
        for file in files:
            source = file.read_text(encoding="utf-8")
            if _decided_by_people(parse_policy(source).key, current, active):
                continue
            version = save_policy(source=source, scope=scope, author=None, actor=SYSTEM)
            wanted[version.policy.key] = version
        if {v.pk for v in wanted.values()} == {v.pk for v in current.values()}:
            return active
        return publish_bundle(
            versions=list(wanted.values()), publisher=None, reason=reason, actor=SYSTEM
        )


def _decided_by_people(key: str, current: dict[str, PolicyVersion], active: Bundle | None) -> bool:
    """Whether a person wrote what is in force under this key, or took it out."""
    if key in current:
        return current[key].author_id is not None
    return (
        active is not None
        and PolicyVersion.objects.filter(policy__key=key, bundles__isnull=False).exists()
    )
