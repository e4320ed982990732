"""The time zone of the ERPNext site: told by the site, kept for starts while it is away."""

import os
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from backend.erp.client import ErpClient, open_http
from backend.errors import Refused, Unavailable
from backend.settings import Settings, read_secret
from backend.store.blobs.local import fsync_folder

_NEVER: Final = (
    "zone : ERPNext ne l'a jamais dite et ne répond pas ({0}) : l'indiquer, ou attendre"
    " / ERPNext never told it and does not answer ({0}): set it, or wait"
)


async def at_site_zone(settings: Settings) -> Settings:
    """The settings with the site's zone, unless they name one: an IANA name.

    Asks the site, and remembers what it said in the data folder. Raises ValueError when the site
    cannot be asked and never was: in a wrong zone every time would be hours off.
    """
    if settings.zone or not settings.erpnext.url:
        return settings
    try:
        zone = await _ask(settings)
    except (Unavailable, Refused) as error:
        known = at_known_zone(settings)
        if not known.zone:
            raise ValueError(_NEVER.format(error.kind)) from error
        return known
    _remember(settings, zone)
    return msgspec.structs.replace(settings, zone=zone)


def at_known_zone(settings: Settings) -> Settings:
    """The settings with the zone that the site told last, if it told one and they name none."""
    file = _file(settings)
    known = file.read_text("utf-8").strip() if not settings.zone and file.is_file() else ""
    return msgspec.structs.replace(settings, zone=known) if known else settings


async def _ask(settings: Settings) -> str:
    erpnext = settings.erpnext
    async with open_http(erpnext.url, read_secret(erpnext.token_file)) as http:
        zone = await ErpClient(http).time_zone()
    try:
        return ZoneInfo(zone).key
    except (KeyError, ValueError, OSError) as error:
        raise Refused("time-zone") from error


def _remember(settings: Settings, zone: str) -> None:
    """Whole or as before, whenever the power goes: the next start may find the site away."""
    file = _file(settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with new.open("a", encoding="utf-8") as written:
        written.write(zone)
        written.flush()
        os.fsync(written.fileno())
    new.replace(file)
    fsync_folder(file.parent)


def _file(settings: Settings) -> Path:
    return Path(settings.data) / "erpnext.zone"
