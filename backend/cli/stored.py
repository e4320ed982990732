"""Commands on what is stored: through the running server, or on the database itself."""

import argparse
import time
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import segno

from backend import control
from backend.auth.passwords import hash_password
from backend.cli.accounts import typed_password
from backend.erp.zone import at_known_zone
from backend.errors import AppError
from backend.salvage import file as handed_in
from backend.settings import Settings
from backend.store.blobs.folder import BlobFolder
from backend.store.commands import Asked, command
from backend.store.engine import is_sqlite, writing_engine
from backend.store.schema import upgrade


class NoInstallation(AppError):
    """The data folder holds no database, so there is nothing to ask."""

    code: ClassVar[str] = "no-installation"
    status: ClassVar[int] = 404


def link(settings: Settings, args: argparse.Namespace) -> int:
    """Make, end or list links."""
    settings = with_data(settings, args)
    wanted = {k: v for k, v in vars(args).items() if k in ("technician", "days", "link")}
    lines = run_command(settings, f"link {args.verb}", wanted)
    for line in lines:
        print(line)
    # Only what a phone can use: over plain http it has no service worker, camera or cookie.
    if args.verb == "create" and lines[0].startswith("https://"):
        segno.make(lines[0]).terminal(compact=True)
    return 0


def admin(settings: Settings, args: argparse.Namespace) -> int:
    """Make, end or list the accounts of an office without ForwardAuth.

    Raises ValueError for a password that cannot be one.
    """
    settings = with_data(settings, args)
    wanted: dict[str, Any] = {} if args.verb == "list" else {"email": args.email}
    if args.verb == "create":
        wanted |= {"role": str(args.role), "password_hash": hash_password(typed_password())}
    for line in run_command(settings, f"admin {args.verb}", wanted):
        print(line)
    if settings.staff.proxy_secret_file:
        print("ForwardAuth : ces comptes n'ouvrent rien / these accounts open nothing")
    return 0


def replay(settings: Settings, args: argparse.Namespace) -> int:
    """List what ERPNext refused, or try it again."""
    settings = with_data(settings, args)
    wanted = {k: v for k, v in vars(args).items() if k in ("lane", "error") and v is not None}
    for line in run_command(settings, f"replay {args.verb}", wanted):
        print(line)
    return 0


def salvage(settings: Settings, args: argparse.Namespace) -> int:
    """Show or take in the work that a phone exported."""
    settings, handed = with_data(settings, args), handed_in.read_handed(args.file)
    lines = handed_in.shown(handed, settings.site_zone)
    if args.admit:
        run = partial(run_command, settings)
        lines = handed_in.hand_in(handed, run, partial(_blobs, settings), args.only)
    for line in lines:
        print(line)
    return 0


def _blobs(settings: Settings) -> BlobFolder:
    return BlobFolder(Path(settings.data) / "blobs")


def with_data(settings: Settings, args: argparse.Namespace) -> Settings:
    return msgspec.structs.replace(settings, data=args.data) if args.data else settings


def run_command(settings: Settings, name: str, args: dict[str, Any]) -> list[str]:
    """Through the running server, or on the database itself: when none runs, and on PostgreSQL,
    where anybody may write in his turn."""
    if not is_sqlite(settings.database_url):
        return _command_here(settings, name, args)
    lines = control.ask(Path(settings.data), name, args)
    if lines is not None:
        return lines
    if not Path(settings.data, "terrain.db").exists():
        raise NoInstallation(settings.data)
    with control.lock(Path(settings.data)):
        return _command_here(settings, name, args)


def _command_here(settings: Settings, name: str, args: dict[str, Any]) -> list[str]:
    engine = writing_engine(settings.database_url)
    try:
        upgrade(engine)
        with engine.begin() as conn:
            asked = Asked(args, at_known_zone(settings), time.time_ns() // 1_000_000)
            return command(name, asked)(conn)
    finally:
        engine.dispose()
