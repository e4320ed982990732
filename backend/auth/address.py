"""Where a request comes from: the socket's address, or the one a trusted proxy saw."""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any

from litestar.connection import ASGIConnection

Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]
Connection = ASGIConnection[Any, Any, Any, Any]


def networks(texts: Iterable[str]) -> Networks:
    """Configured addresses, or networks as a.b.c.d/n. Raises ValueError: say so at start-up."""
    return tuple(ip_network(text, strict=False) for text in texts)


def peer_address(connection: Connection) -> Address | None:
    """The other end of the socket; None when there is none (a Unix socket)."""
    return _parse(connection.client.host) if connection.client else None


def client_address(connection: Connection, proxies: Networks) -> Address | None:
    """The client as the last trusted hop saw it.

    Only the entry that one of our own proxies appended counts, and only when the peer is one:
    everything before it, and the whole header from anybody else, is what the client wrote.
    """
    peer = peer_address(connection)
    if not is_within(peer, proxies):
        return peer
    hops = ",".join(connection.headers.getall("x-forwarded-for", []))
    return _parse(hops.rpartition(",")[2].strip()) or peer


def is_within(address: Address | None, known: Networks) -> bool:
    """Whether an address lies in one of the networks."""
    return address is not None and any(address in network for network in known)


def source_of(address: Address | None) -> str:
    """The neighbourhood that shares a rate limit: a /24 of IPv4, a /64 of IPv6."""
    if address is None:
        return ""
    return str(ip_network(f"{address}/{24 if address.version == 4 else 64}", strict=False))


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A dual-stack socket shows IPv4 clients as ::ffff:a.b.c.d; a /64 would hold them all.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
