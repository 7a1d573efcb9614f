"""Which network addresses may be called. Pure.

Whoever can name a host can name one inside our own network: the database, the cloud's metadata
service, a router. So an address counts only if it is reachable by everybody (server-side request
forgery, OWASP SSRF prevention sheet), or if an admin of the machine allowed its host by name.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

TRANSLATED = IPv6Network("64:ff9b::/96")
"""RFC 6052: IPv4 addresses behind a translator; the last four bytes are what is really called."""


def embedded(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """An address and the ones it stands for: mapped, translated, 6to4 and Teredo."""
    found: list[IPv4Address | IPv6Address] = [address]
    if isinstance(address, IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in TRANSLATED:
            inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
        found += [one for one in inner if one is not None]
    return found


def is_public(text: str) -> bool:
    """Whether an address, as a resolver gives it, is reachable by everybody on the internet."""
    address = ip_address(text.partition("%")[0])
    return all(one.is_global and not one.is_multicast for one in embedded(address))
