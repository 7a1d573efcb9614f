"""Customs rules: which input flips the verdict."""

from __future__ import annotations

from orchestration.blueprints.freight.domain.customs import check

NO_PAPERS: frozenset[str] = frozenset()


def test_chinese_cotton_without_a_dossier_may_not_enter_america_and_indian_cotton_may():
    refused = check("610910", "CN", "US", NO_PAPERS)
    assert not refused.cleared
    assert "117-78" in refused.reasons[0]
    assert check("610910", "IN", "US", NO_PAPERS).cleared


def test_the_missing_paper_lifts_the_bar():
    assert check("610910", "CN", "US", frozenset({"traceability dossier"})).cleared


def test_wooden_furniture_needs_treated_wood_in_australia_and_europe_not_in_america():
    verdicts = {to: check("940360", "VN", to, NO_PAPERS).cleared for to in ("AU", "NL", "US")}
    assert verdicts == {"AU": False, "NL": False, "US": True}


def test_some_goods_may_never_enter_whatever_papers_are_shown():
    every_paper = frozenset({"ISPM-15", "CE", "UN38.3", "phytosanitary", "asbestos-free"})
    assert not check("430219", "CN", "DE", every_paper).cleared


def test_duty_depends_on_goods_and_country():
    shirts = {to: check("610910", "IN", to, NO_PAPERS).duty_bps for to in ("ES", "US", "AU", "JP")}
    assert shirts == {"ES": 1200, "US": 1650, "AU": 500, "JP": 0}


def test_chinese_bicycles_bear_the_anti_dumping_duty_on_top_in_europe_only():
    assert check("871200", "CN", "DE", NO_PAPERS).duty_bps == 1400 + 4850
    assert check("871200", "KR", "DE", NO_PAPERS).duty_bps == 1400
    assert check("871200", "CN", "GB", NO_PAPERS).duty_bps == 1400
