"""What `terrain erp` does: asks the site, and gives the lines to print."""

import asyncio
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from backend.erp.api import WEBHOOK_PATH
from backend.erp.check.findings import ADMINISTRATOR, findings, is_sound
from backend.erp.check.survey import survey
from backend.erp.check.words import table
from backend.erp.client import AuthFailed, open_http
from backend.erp.install.plan import Wish, plan
from backend.erp.install.run import carry_out, line_of, read_present
from backend.erp.mapping import Mapping, load_mapping
from backend.erp.site import SiteClient
from backend.errors import Refused, Unavailable
from backend.settings import Settings, read_secret

SECRET_BYTES: Final = 32


class Told(NamedTuple):
    """Lines for the operator; `sound` says whether all is well, hence the exit status."""

    lines: tuple[str, ...]
    sound: bool


class Installed(NamedTuple):
    """What was installed, and the service user's new key `key:secret` ("": none was made)."""

    told: Told
    key: str = ""


def check(settings: Settings) -> Told:
    """Check the site of the settings. Raises ValueError when they name none that can be asked."""
    mapping = load_mapping(settings.site_zone, settings.erpnext.mapping_path)
    url, token = _url(settings), read_secret(settings.erpnext.token_file)

    async def ask() -> Told:
        async with open_http(url, token) as http:
            now = datetime.now(UTC)
            return await check_site(SiteClient(http), mapping, now, own_zone=bool(settings.zone))

    return asyncio.run(ask())


def install(settings: Settings, user: str, token: str, *, dry_run: bool) -> Told:
    """Install on the site of the settings with a provisioning token, which is not kept; the
    service user's key and the webhooks' secret go into the files that the settings name.

    Raises ValueError when the settings name no site, and for Administrator: whoever makes new keys
    there stops Terrain.
    """
    if user == ADMINISTRATOR:
        raise ValueError(f"{ADMINISTRATOR} : un utilisateur réservé à Terrain / a user of its own")
    wish, url = _wish(settings, user), _url(settings)

    async def ask() -> Installed:
        async with open_http(url, token) as http:
            return await install_site(SiteClient(http), wish, dry_run=dry_run)

    if not dry_run:
        for file in _files(settings):  # what is made must not be lost for want of a place
            file.touch(mode=0o600)
    installed = asyncio.run(ask())
    if installed.key:
        Path(settings.erpnext.token_file).write_text(installed.key, "utf-8")
    if wish.is_new_secret and installed.told.sound and not dry_run:
        # Only now: after a cut the next run makes another one, and gives it to all webhooks.
        Path(settings.erpnext.webhook_secret_file).write_text(wish.secret, "utf-8")
    lines = (*installed.told.lines, *_notes(settings, wish, installed, dry_run=dry_run))
    return installed.told._replace(lines=lines)


async def check_site(
    client: SiteClient, mapping: Mapping, now: datetime, *, own_zone: bool = True
) -> Told:
    """The table of the check, or the one line of a site that cannot be asked.

    `now` is aware; without a zone of its own the mapping has the site's.
    """
    try:
        seen = await survey(client, mapping, now)
    except (Unavailable, Refused) as error:
        return Told((_fault(error),), sound=False)
    zone = mapping.zone if own_zone else ZoneInfo(seen.zone)
    lines = findings(msgspec.structs.replace(mapping, zone=zone), seen)
    return Told(tuple(table(lines)), is_sound(lines))


async def install_site(client: SiteClient, wish: Wish, *, dry_run: bool) -> Installed:
    """Carry out what the site lacks, or only tell it; `client` has the provisioning token."""
    lines: list[str] = []
    key = ""
    try:
        steps = plan(wish, await read_present(client, wish))
        for step in steps:
            if not dry_run:
                key = await carry_out(client, step) or key
            lines.append(line_of(step))
    except (Unavailable, Refused) as error:
        return Installed(Told((*lines, _fault(error)), sound=False), key)
    lines += [] if steps else ["Rien à changer. / Nothing to change."]
    lines += ["Rien n'a été écrit. / Nothing was written."] if steps and dry_run else []
    return Installed(Told(tuple(lines), sound=True), key)


def _wish(settings: Settings, user: str) -> Wish:
    erpnext = settings.erpnext
    known = _known_secret(erpnext.webhook_secret_file)
    hooks = settings.public_url and erpnext.webhook_secret_file
    return Wish(
        load_mapping(settings.site_zone, erpnext.mapping_path),
        user,
        f"{settings.public_url.rstrip('/')}{WEBHOOK_PATH}" if hooks else "",
        known or secrets.token_urlsafe(SECRET_BYTES),
        is_new_secret=bool(hooks) and not known,
        needs_key=bool(erpnext.token_file) and not _known_secret(erpnext.token_file),
    )


def _notes(settings: Settings, wish: Wish, made: Installed, *, dry_run: bool) -> list[str]:
    """What was left out, and why."""
    notes = []
    if not wish.hook_url:
        why = "public_url, erpnext.webhook_secret_file"
        notes.append(f"Webhooks : {why} à indiquer / to be set")
    if wish.needs_key and not made.key and made.told.sound and not dry_run:
        user, file = wish.user, settings.erpnext.token_file
        notes.append(f"{user} : écrire sa clé dans {file} / write its key into {file}")
    return notes


def _files(settings: Settings) -> list[Path]:
    named = (settings.erpnext.token_file, settings.erpnext.webhook_secret_file)
    return [Path(name) for name in named if name]


def _known_secret(path: str) -> str:
    file = Path(path)
    return file.read_text("utf-8").strip() if path and file.is_file() else ""


def _url(settings: Settings) -> str:
    if not settings.erpnext.url:
        raise ValueError("erpnext.url : à indiquer / to be set")
    return settings.erpnext.url


def _fault(error: Unavailable | Refused) -> str:
    match error:
        case AuthFailed():
            return f"ERPNext refuse la clé / ERPNext refuses the token : {error.kind}"
        case Unavailable():
            return f"ERPNext ne répond pas / ERPNext does not answer : {error.kind}"
        case _:
            return f"ERPNext refuse / ERPNext refuses : {error.kind}"
