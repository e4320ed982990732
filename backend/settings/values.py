"""What a value in the TOML file may be."""

from ipaddress import ip_address
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo


def is_internal(url: str) -> bool:
    """Whether a URL names a server of our own network.

    A name is believed: who resolves it is the operator's own network.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_plain = parts.scheme in ("http", "https") and parts.path in ("", "/") and "@" not in url
        return is_plain and is_host(host)
    except ValueError:
        return False


def is_host(host: str) -> bool:
    """A name, or an address that is not one of the Internet."""
    is_number = host.replace(".", "").isdigit() or ":" in host
    try:
        return bool(host) and not (is_number and ip_address(host).is_global)
    except ValueError:
        return False


def is_zone(name: str) -> bool:
    """A time zone, or none."""
    try:
        return not name or bool(ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return False
