"""Who works at the office."""

import msgspec


class StaffSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may open the board: ForwardAuth headers, believed from these proxies only."""

    proxy_secret_file: str = ""
    proxy_addresses: tuple[str, ...] = ()
    groups: tuple[str, ...] = ("terrain-dispatch",)
