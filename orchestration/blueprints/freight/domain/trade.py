"""Who sells what to whom: commodities, suppliers, warehouses and customers of the demonstration
trade.

Firms and people are invented (addresses end in `.example`, RFC 2606); tariff codes, ports and
countries are real.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Commodity:
    """Goods. `hs` is the six-digit Harmonized System code; prices are list prices per TEU, in
    cents.
    """

    name: str
    hs: str
    price_minor: int


@dataclass(frozen=True)
class Supplier:
    """A seller. `port` is where it loads; `papers` are the documents it can hand over."""

    code: str
    name: str
    port: str
    commodities: tuple[str, ...]
    papers: frozenset[str]

    @property
    def country(self) -> str:
        """Country of origin of its goods, ISO 3166-1 alpha-2."""
        return self.port[:2]


@dataclass(frozen=True)
class Customer:
    """A buyer. `port` is where its goods arrive, `region` the warehouse that keeps them."""

    code: str
    name: str
    contact: str
    email: str
    port: str
    region: str


COMMODITIES = {
    goods.name: goods
    for goods in (
        Commodity("flat-pack furniture", "940360", 18_000_00),
        Commodity("cotton T-shirts", "610910", 32_000_00),
        Commodity("leather shoes", "640399", 41_000_00),
        Commodity("toys", "950300", 22_000_00),
        Commodity("bicycles", "871200", 28_000_00),
        Commodity("lithium batteries", "850760", 64_000_00),
        Commodity("green coffee", "090111", 52_000_00),
        Commodity("black tea", "090240", 30_000_00),
        Commodity("car tyres", "401110", 21_000_00),
        Commodity("brake linings", "681381", 36_000_00),
    )
}

_EU_PAPERS = frozenset({"ISPM-15", "CE", "UN38.3", "phytosanitary"})

SUPPLIERS = {
    supplier.code: supplier
    for supplier in (
        Supplier(
            "yangtze",
            "Yangtze Home Goods",
            "CNSHA",
            ("flat-pack furniture", "toys", "cotton T-shirts", "brake linings"),
            frozenset({"ISPM-15", "CE"}),
        ),
        Supplier(
            "pearl",
            "Pearl Delta Energy",
            "CNSZX",
            ("lithium batteries", "bicycles"),
            frozenset({"UN38.3", "CE"}),
        ),
        Supplier(
            "mekong",
            "Mekong Works",
            "VNCMT",
            ("leather shoes", "cotton T-shirts", "flat-pack furniture", "bicycles"),
            frozenset({"CE"}),
        ),
        Supplier(
            "java", "Java Carpentry", "IDJKT", ("flat-pack furniture", "leather shoes"), _EU_PAPERS
        ),
        Supplier(
            "deccan",
            "Deccan Textiles",
            "INNSA",
            ("cotton T-shirts", "leather shoes", "brake linings"),
            frozenset({"ISPM-15", "asbestos-free"}),
        ),
        Supplier("ceylon", "Ceylon Estates", "LKCMB", ("black tea",), _EU_PAPERS),
        Supplier("santos", "Santos Coffee Union", "BRSSZ", ("green coffee",), _EU_PAPERS),
        Supplier(
            "busan",
            "Busan Mobility",
            "KRPUS",
            ("car tyres", "bicycles", "lithium batteries", "brake linings"),
            frozenset({"UN38.3", "CE", "asbestos-free"}),
        ),
    )
}

CUSTOMERS = {
    buyer.code: buyer
    for buyer in (
        Customer(
            "noord",
            "Noord Wonen",
            "Femke Visser",
            "inkoop@noordwonen.example",
            "NLRTM",
            "europe",
        ),
        Customer(
            "hansa",
            "Hansa Handel",
            "Jonas Brandt",
            "import@hansahandel.example",
            "DEHAM",
            "europe",
        ),
        Customer(
            "albion",
            "Albion Stores",
            "Priya Shah",
            "supply@albionstores.example",
            "GBFXT",
            "europe",
        ),
        Customer(
            "turia",
            "Mercat Turia",
            "Carles Ferrer",
            "compres@mercatturia.example",
            "ESVLC",
            "europe",
        ),
        Customer(
            "pacifica",
            "Pacifica Outfitters",
            "Maya Lopez",
            "inbound@pacifica.example",
            "USLAX",
            "americas",
        ),
        Customer(
            "hudson",
            "Hudson Home",
            "Owen Clarke",
            "freight@hudsonhome.example",
            "USNYC",
            "americas",
        ),
        Customer(
            "savanna",
            "Savanna Tools",
            "Ruth Bell",
            "logistics@savannatools.example",
            "USSAV",
            "americas",
        ),
        Customer(
            "harbour",
            "Harbour & Co",
            "Liam Nguyen",
            "orders@harbourco.example",
            "AUSYD",
            "oceania",
        ),
        Customer(
            "yarra",
            "Yarra Trading",
            "Zoe Papas",
            "stock@yarratrading.example",
            "AUMEL",
            "oceania",
        ),
    )
}

REGIONS = ("europe", "americas", "oceania")


def other_suppliers(commodity: str, than: frozenset[str]) -> tuple[Supplier, ...]:
    """Suppliers of a commodity other than those of the given codes, by code."""
    return tuple(
        supplier
        for code, supplier in sorted(SUPPLIERS.items())
        if commodity in supplier.commodities and code not in than
    )
