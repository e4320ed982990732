"""What an operator may ask of the store by name: from the shell, through the running server."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection

from backend.errors import AppError
from backend.settings import Settings
from backend.store.links import create_link, list_links, revoke_link
from backend.store.queries import technician_by_name


class Asked(NamedTuple):
    """One command: its arguments, the installation, and the instant."""

    args: Mapping[str, Any]
    settings: Settings
    now_ms: int


class NoSuchTechnician(AppError):
    """No technician has that ERPNext name, e-mail or full name."""

    code = "no-such-technician"
    status = 404


class NoSuchLink(AppError):
    """No link has that id."""

    code = "no-such-link"
    status = 404


def run_command(conn: Connection, name: str, asked: Asked) -> list[str]:
    """Run one named command in the caller's transaction; gives the lines to print.

    Raises AppError, whose code and reason are for the operator.
    """
    command = _COMMANDS.get(name)
    if command is None:
        raise AppError(f"unknown command {name}")
    return command(conn, asked)


def _create(conn: Connection, asked: Asked) -> list[str]:
    name = str(asked.args["technician"])
    technician = technician_by_name(conn, name)
    if technician is None:
        raise NoSuchTechnician(name)
    settings = asked.settings
    link, token = create_link(
        conn,
        technician.key,
        asked.now_ms,
        days=int(asked.args.get("days") or settings.link_days),
        max_devices=settings.devices_per_link,
    )
    return [f"{settings.base_url}/t/{token}", f"{link}  {technician.full_name}"]


def _list(conn: Connection, asked: Asked) -> list[str]:
    return [
        f"{each.id}  {_state(each.expires_at, each.revoked_at, asked.now_ms):8} "
        f"{each.devices} appareil(s)  {each.technician_name}"
        for each in list_links(conn)
    ]


def _state(expires_at: int, revoked_at: int | None, now_ms: int) -> str:
    if revoked_at is not None:
        return "révoqué"
    return "expiré" if expires_at <= now_ms else "actif"


def _revoke(conn: Connection, asked: Asked) -> list[str]:
    link = str(asked.args["link"])
    if not revoke_link(conn, link, asked.now_ms):
        raise NoSuchLink(link)
    return [f"{link}  révoqué"]


_COMMANDS: dict[str, Callable[[Connection, Asked], list[str]]] = {
    "link create": _create,
    "link list": _list,
    "link revoke": _revoke,
}
