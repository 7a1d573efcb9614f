"""What every installation has from its first start: the baseline bundle and the known tools."""

from __future__ import annotations

from pathlib import Path

from audit import ledger
from orchestration.models import Bundle, PolicyVersion
from orchestration.operations.changes import SYSTEM
from orchestration.operations.fleet import register_tool
from orchestration.operations.policies import publish_bundle, save_policy
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
    """Publish a bundle of the active policies and these; None when nothing would change."""
    with ledger.transaction():
        active = Bundle.objects.filter(state=BundleState.ACTIVE).first()
        current: dict[str, PolicyVersion] = {}
        if active is not None:
            current = {v.policy.key: v for v in active.versions.select_related("policy")}
        wanted = dict(current)
        for file in files:
            version = save_policy(
                source=file.read_text(encoding="utf-8"), scope=scope, author=None, actor=SYSTEM
            )
            wanted[version.policy.key] = version
        if {v.pk for v in wanted.values()} == {v.pk for v in current.values()}:
            return active
        return publish_bundle(
            versions=list(wanted.values()), publisher=None, reason=reason, actor=SYSTEM
        )
