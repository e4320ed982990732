"""Which addresses are modems: literal, and inside the networks of the configuration. Pure.

Whatever a caller may write instead (a name, a decimal or hexadecimal number, a port, credentials,
an IPv4 address dressed as IPv6) is refused before a socket opens: OWASP's SSRF prevention sheet.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from backend.modem_bridge.trouble import Kind, Trouble

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The simulators' own (docs/operations.md); no other loopback address is ever a modem.
SIMULATED: Final = IPv4Network("127.64.0.0/24")
# Clouds keep their machines' keys at a link-local address.
NEVER: Final = tuple(
    ip_network(text)
    for text in ("127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "0.0.0.0/8", "::/96", "fe80::/10")
) + tuple(ip_network(text) for text in ("::ffff:0:0/96", "64:ff9b::/96", "2002::/16", "ff00::/8"))


def networks_of(texts: Sequence[str], simulated: bool) -> tuple[Network, ...]:
    """The networks that a configuration names, at least one.

    `simulated` lets 127.64.0.0/24 in. Raises ValueError for none, for what is not a network, and
    for one that holds addresses that are never a modem's.
    """
    networks = tuple(ip_network(text) for text in texts)
    if not networks:
        raise ValueError("bridge.networks : à indiquer / to be set")
    for network in networks:
        is_simulated = isinstance(network, IPv4Network) and network.subnet_of(SIMULATED)
        if not (is_simulated and simulated) and any(_overlap(network, each) for each in NEVER):
            raise ValueError(
                f"bridge.networks = {network} : hors de question / out of the question"
            )
    return networks


def modem_address(text: str, networks: Sequence[Network]) -> Address:
    """The address that a caller wrote, if it is a modem's. Raises Trouble (bad-host)."""
    try:
        address = ip_address(text)
    except ValueError:
        raise Trouble(Kind.BAD_HOST) from None
    has_scope = isinstance(address, IPv6Address) and address.scope_id is not None
    if has_scope or not any(address in network for network in networks):
        raise Trouble(Kind.BAD_HOST)
    return address


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)
