"""Who works at the office."""

from typing import Final
from urllib.parse import urlsplit

import msgspec

_ASYMMETRIC: Final = frozenset({"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"})


class TokenSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The JWT that Authentik's proxy sends along (`X-authentik-jwt`); without an audience none is
    asked for.

    `audience` is the provider's client id, `keys_url` where its key set (JWKS, RFC 7517) is read.
    Algorithms are asymmetric ones: a shared secret could be guessed from any token. Raises
    ValueError.
    """

    audience: str = ""
    keys_url: str = ""
    algorithms: tuple[str, ...] = ("RS256",)

    def __post_init__(self) -> None:
        if bool(self.audience) != bool(self.keys_url):
            raise ValueError("token : audience et / and keys_url")
        if not self.algorithms or not _ASYMMETRIC.issuperset(self.algorithms):
            raise ValueError(f"algorithms : {', '.join(sorted(_ASYMMETRIC))}")
        if self.keys_url and urlsplit(self.keys_url).scheme not in ("http", "https"):
            raise ValueError("keys_url : https://...")


class StaffSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may open the board: ForwardAuth headers, believed from these proxies only.

    `groups` are Authentik's groups of dispatchers; viewers read alone, admins may do everything.
    Without a proxy's secret, accounts of Terrain's own (`terrain admin create`) log in.
    """

    proxy_secret_file: str = ""
    proxy_addresses: tuple[str, ...] = ()
    groups: tuple[str, ...] = ("terrain-dispatch",)
    viewer_groups: tuple[str, ...] = ()
    admin_groups: tuple[str, ...] = ()
    token: TokenSettings = TokenSettings()
