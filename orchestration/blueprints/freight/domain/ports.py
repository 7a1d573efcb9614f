"""Sea ports: where they lie and which others a lorry can reach instead.

Names, UN/LOCODEs and coordinates are those of the port list in the `searoute` package (Apache-2.0).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088
ROAD_DETOUR = 1.3
"""Road distance over great-circle distance, a usual circuity factor."""


@dataclass(frozen=True)
class Port:
    """A sea port. `locode` is its UN/LOCODE; `lon` and `lat` are degrees."""

    locode: str
    name: str
    lon: float
    lat: float

    @property
    def country(self) -> str:
        """ISO 3166-1 alpha-2 code of its country."""
        return self.locode[:2]


_TABLE = (
    Port("AEJEA", "Jebel Ali", 55.051803, 25.019493),
    Port("AUMEL", "Melbourne", 144.944168, -37.839716),
    Port("AUSYD", "Sydney", 151.182861, -33.869644),
    Port("BEANR", "Antwerp", 4.382896, 51.202366),
    Port("BRSSZ", "Santos", -46.320786, -23.973773),
    Port("CAVAN", "Vancouver", -123.094446, 49.287917),
    Port("CLSAI", "San Antonio", -71.608612, -33.567316),
    Port("CNNGB", "Ningbo", 121.559404, 29.871877),
    Port("CNSHA", "Shanghai", 121.497113, 31.400091),
    Port("CNSZX", "Shenzhen", 114.028642, 22.51709),
    Port("COCTG", "Cartagena", -75.52002, 10.402529),
    Port("DEBRV", "Bremerhaven", 8.575516, 53.542778),
    Port("DEHAM", "Hamburg", 9.969406, 53.54772),
    Port("EGPSD", "Port Said", 32.286072, 31.265313),
    Port("ESALG", "Algeciras", -5.43814, 36.141096),
    Port("ESVLC", "Valencia", -0.330276, 39.45107),
    Port("FRFOS", "Fos-sur-Mer", 4.887715, 43.413027),
    Port("FRLEH", "Le Havre", 0.107054, 49.485998),
    Port("GBFXT", "Felixstowe", 1.344452, 51.957925),
    Port("GBLGP", "London Gateway", 0.481639, 51.512941),
    Port("GBSOU", "Southampton", -1.375281, 50.893935),
    Port("GRPIR", "Piraeus", 23.638141, 37.950269),
    Port("HKHKG", "Hong Kong", 114.170095, 22.294788),
    Port("IDJKT", "Jakarta", 106.82422, -6.120302),
    Port("INMUN", "Mundra", 69.746702, 22.795048),
    Port("INNSA", "Nhava Sheva", 72.966667, 18.95),
    Port("ITGOA", "Genoa", 8.915262, 44.414716),
    Port("JPTYO", "Tokyo", 139.791569, 35.649162),
    Port("JPYOK", "Yokohama", 139.634516, 35.457551),
    Port("KEMBA", "Mombasa", 39.666481, -4.067808),
    Port("KRPUS", "Busan", 129.035797, 35.098203),
    Port("LKCMB", "Colombo", 79.848633, 6.930829),
    Port("MYPKG", "Port Klang", 101.382649, 3.003428),
    Port("MYTPP", "Tanjung Pelepas", 103.548366, 1.355896),
    Port("NLRTM", "Rotterdam", 4.442447, 51.904383),
    Port("NZAKL", "Auckland", 174.768071, -36.846154),
    Port("PECLL", "Callao", -77.121278, -12.053688),
    Port("PLGDN", "Gdansk", 18.667541, 54.399195),
    Port("SAJED", "Jeddah", 39.188641, 21.492225),
    Port("SEGOT", "Gothenburg", 11.984711, 57.718759),
    Port("SGSIN", "Singapore", 103.832461, 1.239207),
    Port("THLCH", "Laem Chabang", 100.883333, 13.083333),
    Port("TRIST", "Istanbul", 28.973222, 41.006786),
    Port("USHOU", "Houston", -95.287156, 29.745752),
    Port("USLAX", "Los Angeles", -118.283333, 33.716667),
    Port("USLGB", "Long Beach", -118.193323, 33.73858),
    Port("USNYC", "New York", -74.017681, 40.705475),
    Port("USOAK", "Oakland", -122.292106, 37.831434),
    Port("USSAV", "Savannah", -81.09974, 32.086579),
    Port("VNCMT", "Cai Mep", 107.001314, 10.535778),
    Port("VNHPH", "Haiphong", 106.740417, 20.908991),
    Port("VNSGN", "Ho Chi Minh City", 106.753004, 10.826168),
    Port("ZADUR", "Durban", 31.016667, -29.866667),
)

PORTS = {port.locode: port for port in _TABLE}


def great_circle_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Distance in km between two (lon, lat) points by the haversine formula."""
    lon1, lat1, lon2, lat2 = map(radians, (*one, *other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(half))


def road_km(one: Port, other: Port) -> int:
    """Estimated road distance in whole km; 0 from a port to itself."""
    return round(ROAD_DETOUR * great_circle_km((one.lon, one.lat), (other.lon, other.lat)))


@cache
def within_road_reach(locode: str, reach_km: int) -> tuple[Port, ...]:
    """Other ports on the same land within `reach_km` by road, nearest first.

    Ports count as on the same land when their countries share a land mass of `_LAND`.
    """
    here = PORTS[locode]
    land = _LAND.get(here.country, here.country)
    others = [
        port
        for port in _TABLE
        if port.locode != locode
        and _LAND.get(port.country, port.country) == land
        and road_km(here, port) <= reach_km
    ]
    return tuple(sorted(others, key=lambda port: (road_km(here, port), port.locode)))


_LAND = {
    **dict.fromkeys(("BE", "DE", "ES", "FR", "IT", "NL", "PL"), "continental Europe"),
    **dict.fromkeys(("CN", "HK"), "China"),
    **dict.fromkeys(("MY", "SG"), "Malay peninsula"),
    **dict.fromkeys(("CA", "US"), "North America"),
}
