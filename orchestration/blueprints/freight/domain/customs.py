"""Whether goods may enter a country, with which papers and at which duty. Rules are data; the first
that bars wins.

A demonstration extract: the measures cited exist, the rates are third-country rates of about 2024
rounded to basis points; it is no legal advice and knows nothing of preferences.
"""

from __future__ import annotations

from dataclasses import dataclass

EU = frozenset({"BE", "DE", "ES", "FR", "GR", "IT", "NL", "PL", "SE"})
GB, US, AU, CN = (frozenset({code}) for code in ("GB", "US", "AU", "CN"))
ANY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rule:
    """Goods under `hs` from `origins` to `destinations` (empty: any) are barred unless `paper` is
    shown.

    A rule with an empty `paper` bars always. `measure` cites where the rule comes from.
    """

    hs: str
    origins: frozenset[str]
    destinations: frozenset[str]
    paper: str
    measure: str


@dataclass(frozen=True)
class Duty:
    """A rate in basis points of the CIF value; all duties that apply are added."""

    hs: str
    origins: frozenset[str]
    destinations: frozenset[str]
    bps: int


@dataclass(frozen=True)
class Clearance:
    """What customs say: cleared or not, the duty in basis points, and a sentence a bar."""

    cleared: bool
    duty_bps: int
    reasons: tuple[str, ...]


RULES = (
    Rule("6109", CN, US, "traceability dossier", "Pub. L. 117-78: Uyghur Forced Labor Prevention"),
    Rule("9403", ANY, AU, "ISPM-15", "Biosecurity Act 2015: treated wood only"),
    Rule("6813", ANY, AU, "asbestos-free", "Prohibited Imports Regulations 1956, reg. 4C"),
    Rule("9403", ANY, EU, "ISPM-15", "Regulation (EU) 2016/2031: wood packaging"),
    Rule("9503", ANY, EU, "CE", "Directive 2009/48/EC: toy safety"),
    Rule("8507", ANY, EU | GB | US | AU, "UN38.3", "IMDG Code, class 9: transport tests"),
    Rule("0902", ANY, AU, "phytosanitary", "Biosecurity Act 2015: plant products"),
    Rule("4302", ANY, EU, "", "Regulation (EC) 1523/2007: cat and dog fur"),
)  # fmt: skip

DUTIES = (
    Duty("6109", ANY, EU | GB, 1200),
    Duty("6109", ANY, US, 1650),
    Duty("6109", ANY, AU, 500),
    Duty("6403", ANY, EU | GB, 800),
    Duty("6403", ANY, US, 1000),
    Duty("6403", ANY, AU, 500),
    Duty("8712", ANY, EU | GB, 1400),
    Duty("8712", CN, EU, 4850),
    Duty("8712", ANY, US, 1100),
    Duty("8507", ANY, EU, 270),
    Duty("8507", ANY, US, 340),
    Duty("4011", ANY, EU, 450),
    Duty("4011", ANY, US, 400),
    Duty("4011", ANY, AU, 500),
    Duty("9403", ANY, AU, 500),
    Duty("6813", ANY, AU, 500),
)


def check(hs: str, origin: str, destination: str, papers: frozenset[str]) -> Clearance:
    """Judge goods of a six-digit HS code from one country to another with the papers at hand.

    Countries are ISO 3166-1 alpha-2 codes.
    """
    bars = [
        _sentence(rule)
        for rule in RULES
        if _applies(rule, hs, origin, destination) and rule.paper not in papers
    ]
    duty = sum(rate.bps for rate in DUTIES if _applies(rate, hs, origin, destination))
    return Clearance(not bars, duty, tuple(bars))


def _applies(entry: Rule | Duty, hs: str, origin: str, destination: str) -> bool:
    return (
        hs.startswith(entry.hs)
        and (not entry.origins or origin in entry.origins)
        and (not entry.destinations or destination in entry.destinations)
    )


def _sentence(rule: Rule) -> str:
    if not rule.paper:
        return f"HS {rule.hs} may not enter ({rule.measure})"
    return f"HS {rule.hs} needs the paper {rule.paper!r} ({rule.measure})"
