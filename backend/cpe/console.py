"""What `terrain cpe` does: asks the ACS, and gives the lines to print."""

import asyncio
from typing import NamedTuple

from backend.cpe.genieacs.client import Nbi, open_http
from backend.cpe.genieacs.install.wish import NAME, wished
from backend.errors import Refused, Unavailable
from backend.settings import Settings


class Told(NamedTuple):
    """Lines for the operator; `sound` says whether all went well, hence the exit status."""

    lines: tuple[str, ...]
    sound: bool


def install_preset(settings: Settings, *, dry_run: bool) -> Told:
    """Give the ACS of the settings what it lacks. Raises ValueError when they name none."""
    url = settings.genieacs.url
    if not url:
        raise ValueError("genieacs.url : à indiquer / to be set")

    async def ask() -> Told:
        async with open_http(url) as http:
            return await install_into(Nbi(http), dry_run=dry_run)

    return asyncio.run(ask())


async def install_into(nbi: Nbi, *, dry_run: bool) -> Told:
    """Put what is not there or differs, or only tell it; a second time nothing is written."""
    lines: list[str] = []
    try:
        for each in wished():
            present = await nbi.stored(each.collection, NAME)
            if present == each.shown:
                continue
            if not dry_run:
                await nbi.store(each.collection, NAME, each.content)
            lines.append(f"{'~' if present else '+'} {each.collection} {NAME}")
    except (Unavailable, Refused) as error:
        return Told((*lines, _fault(error)), sound=False)
    lines += ["Rien n'a été écrit. / Nothing was written."] if lines and dry_run else []
    return Told(tuple(lines) or ("Rien à changer. / Nothing to change.",), sound=True)


def _fault(error: Unavailable | Refused) -> str:
    if isinstance(error, Unavailable):
        return f"GenieACS ne répond pas / GenieACS does not answer : {error.kind}"
    return f"GenieACS refuse / GenieACS refuses : {error.kind}"
