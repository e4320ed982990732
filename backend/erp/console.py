"""What `terrain erp` does: asks the site, and gives the lines to print."""

from datetime import UTC, datetime
from typing import NamedTuple

from backend.erp.check import findings, is_sound
from backend.erp.check_words import table
from backend.erp.client import AuthFailed, open_http
from backend.erp.mapping import Mapping, load_mapping
from backend.erp.site import SiteClient
from backend.erp.survey import survey
from backend.errors import Refused, Unavailable
from backend.settings import Settings, read_secret


class Told(NamedTuple):
    """Lines for the operator; `sound` says whether all is well, hence the exit status."""

    lines: tuple[str, ...]
    sound: bool


async def check_settings(settings: Settings) -> Told:
    """Check the site of the settings. Raises ValueError when they name none that can be asked."""
    erpnext = settings.erpnext
    if not erpnext.url:
        raise ValueError("erpnext.url : à indiquer / to be set")
    mapping = load_mapping(settings.site_zone, erpnext.mapping_path)
    async with open_http(erpnext.url, read_secret(erpnext.token_file)) as http:
        return await check_site(SiteClient(http), mapping, datetime.now(UTC))


async def check_site(client: SiteClient, mapping: Mapping, now: datetime) -> Told:
    """The table of the check, or the one line of a site that cannot be asked; `now` is aware."""
    try:
        lines = findings(mapping, await survey(client, mapping, now))
    except (Unavailable, Refused) as error:
        return Told((_fault(error),), sound=False)
    return Told(tuple(table(lines)), is_sound(lines))


def _fault(error: Unavailable | Refused) -> str:
    match error:
        case AuthFailed():
            return f"ERPNext refuse la clé / ERPNext refuses the token : {error.kind}"
        case Unavailable():
            return f"ERPNext ne répond pas / ERPNext does not answer : {error.kind}"
        case _:
            return f"ERPNext refuse / ERPNext refuses : {error.kind}"
