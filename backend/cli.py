"""The `terrain` command."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec
import segno

from backend import control, salvage
from backend.cli_words import WORDS
from backend.cpe import console as cpe_console
from backend.erp import console
from backend.erp.zone import at_known_zone
from backend.errors import AppError
from backend.log import configure
from backend.settings import Settings, load, read_secret
from backend.store.backup import copy_database, put_back
from backend.store.blobs.folder import BlobFolder
from backend.store.commands import Asked, command
from backend.store.engine import is_sqlite, writing_engine
from backend.store.schema import upgrade

ADMIN_TOKEN: Final = "TERRAIN_ERPNEXT_ADMIN_TOKEN"  # noqa: S105  (a variable's name)


class NoInstallation(AppError):
    """The data folder holds no database, so there is nothing to ask."""

    code: ClassVar[str] = "no-installation"
    status: ClassVar[int] = 404


class BackupElsewhere(AppError):
    """Only the embedded database is copied by Terrain itself."""

    code: ClassVar[str] = "backup-elsewhere"
    status: ClassVar[int] = 409


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status. Errors are one clear line, not a traceback."""
    args = _parser().parse_args(argv)
    os.umask(0o077)  # what Terrain writes is its customers' affair
    try:
        return int(args.run(load(args.config), args))
    except AppError as error:
        _say(error)
    except (OSError, ValueError) as error:
        print(f"configuration {args.config or ''} : {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def _say(error: AppError) -> None:
    words = WORDS.get(error.code, (f"{error.code} : {{}}",))
    for line in words:
        print(line.format(error.reason), file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="terrain", description=__doc__)
    parser.add_argument("--config", help="TOML file of the installation")
    commands = parser.add_subparsers(required=True, metavar="command")
    demo = commands.add_parser("demo", help="everything on this machine, with simulators")
    demo.add_argument("--port", type=int, default=8700)
    demo.add_argument("--data", default="var/demo", help="folder that keeps the demo's data")
    demo.set_defaults(run=_demo)
    serve = commands.add_parser("serve", help="answer phones and the board; SQLite: work too")
    serve.set_defaults(run=_serve)
    work = commands.add_parser("work", help="the workers alone, beside `serve`, on PostgreSQL")
    work.set_defaults(run=_work)
    bridge = commands.add_parser("bridge", help="ask modems by their web interface, apart")
    bridge.set_defaults(run=_bridge)
    commands.add_parser("migrate", help="bring the database up to date").set_defaults(run=_migrate)
    _add_link(commands.add_parser("link", help="technicians' links"))
    _add_backup(commands)
    _add_replay(commands.add_parser("replay", help="what ERPNext refused: list it, try it again"))
    _add_salvage(commands.add_parser("salvage", help="work from the file that a phone exported"))
    _add_erp(commands.add_parser("erp", help="whether the ERPNext site fits, and making it fit"))
    _add_cpe(commands.add_parser("cpe", help="what GenieACS is given"))
    return parser


def _add_link(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True, metavar="verb")
    create = verbs.add_parser("create", help="make a link and print it once")
    create.add_argument("--technician", required=True, help="ERPNext name, e-mail or full name")
    create.add_argument("--days", type=_days, metavar="1..365")
    revoke = verbs.add_parser("revoke", help="end a link and its devices' sessions")
    revoke.add_argument("link", help="the link's id, as `link list` prints it")
    shown = verbs.add_parser("list", help="every link, its state and its devices")
    for verb, each in (("create", create), ("revoke", revoke), ("list", shown)):
        each.add_argument("--data", default=None, help="data folder (the demo's: var/demo)")
        each.set_defaults(run=_link, verb=verb)


def _days(text: str) -> int:
    days = int(text)
    if not 0 < days < 366:
        raise ValueError
    return days


def _add_backup(commands: Any) -> None:
    for name, run, words in (
        ("backup", _backup, "a whole copy of the database, while it runs"),
        ("restore", _restore, "put a backup back, while nothing runs"),
    ):
        parser = commands.add_parser(name, help=words)
        parser.add_argument("file", type=Path, help="the backup")
        parser.add_argument("--data", default=None, help="data folder (the demo's: var/demo)")
        parser.set_defaults(run=run)


def _backup(settings: Settings, args: argparse.Namespace) -> int:
    """The copy is proved before the phones are told that they may let go."""
    settings = _with_data(settings, args)
    copied = copy_database(_database(settings), args.file)
    for line in _command(settings, "backup note", copied._asdict()):
        print(f"{args.file}  {line}")
    return 0


def _restore(settings: Settings, args: argparse.Namespace) -> int:
    settings = _with_data(settings, args)
    if not is_sqlite(settings.database_url):
        raise BackupElsewhere
    with control.lock(Path(settings.data)):
        copied = put_back(args.file, Path(settings.data) / "terrain.db")
    print(f"{args.file}  {copied.sequence}  {copied.size} octets")
    return 0


def _database(settings: Settings) -> Path:
    if not is_sqlite(settings.database_url):
        raise BackupElsewhere
    database = Path(settings.data) / "terrain.db"
    if not database.exists():
        raise NoInstallation(settings.data)
    return database


def _add_replay(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True, metavar="verb")
    shown = verbs.add_parser("list", help="every parked lane and why")
    run = verbs.add_parser("run", help="try again what is parked")
    chosen = run.add_mutually_exclusive_group(required=True)
    chosen.add_argument("lane", nargs="?", help="one lane, as `replay list` prints it")
    chosen.add_argument("--error", help="every lane parked for this reason")
    chosen.add_argument("--all", action="store_true", help="every parked lane")
    for verb, each in (("list", shown), ("run", run)):
        each.add_argument("--data", default=None, help="data folder (the demo's: var/demo)")
        each.set_defaults(run=_replay, verb=verb)


def _add_salvage(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="what the technician handed over")
    parser.add_argument("--admit", action="store_true", help="take it in; without: show it alone")
    parser.add_argument("--only", nargs="+", default=(), metavar="ID", help="of it, these alone")
    parser.add_argument("--data", default=None, help="data folder (the demo's: var/demo)")
    parser.set_defaults(run=_salvage)


def _salvage(settings: Settings, args: argparse.Namespace) -> int:
    settings, handed = _with_data(settings, args), salvage.read_handed(args.file)
    lines = salvage.shown(handed, settings.site_zone)
    if args.admit:
        run = partial(_command, settings)
        lines = salvage.hand_in(handed, run, partial(_blobs, settings), args.only)
    for line in lines:
        print(line)
    return 0


def _blobs(settings: Settings) -> BlobFolder:
    return BlobFolder(Path(settings.data) / "blobs")


def _add_erp(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True, metavar="verb")
    check = verbs.add_parser("check", help="a table of what is well, what is missing, how to mend")
    check.set_defaults(run=_erp_check)
    install = verbs.add_parser("install", help="bring what Terrain needs into the site")
    install.add_argument("--user", required=True, help="e-mail of the service user")
    # Never the token itself: every user of the machine can read a command line.
    install.add_argument("--admin-token-file", help=f"instead of ${ADMIN_TOKEN}", default="")
    install.add_argument("--dry-run", action="store_true", help="tell the changes, write nothing")
    install.set_defaults(run=_erp_install)


def _add_cpe(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True, metavar="verb")
    install = verbs.add_parser("install-preset", help="let modems be read when they boot")
    install.add_argument("--dry-run", action="store_true", help="tell the changes, write nothing")
    install.set_defaults(run=_cpe_install)


def _cpe_install(settings: Settings, args: argparse.Namespace) -> int:
    return _print(cpe_console.install_preset(settings, dry_run=args.dry_run))


def _erp_check(settings: Settings, _args: argparse.Namespace) -> int:
    return _print(console.check(settings))


def _erp_install(settings: Settings, args: argparse.Namespace) -> int:
    token = os.environ.get(ADMIN_TOKEN, "")
    if args.admin_token_file or not token:
        token = read_secret(args.admin_token_file)
    return _print(console.install(settings, args.user, token, dry_run=args.dry_run))


def _print(told: console.Told | cpe_console.Told) -> int:
    print("\n".join(told.lines))
    return 0 if told.sound else 1


def _replay(settings: Settings, args: argparse.Namespace) -> int:
    settings = _with_data(settings, args)
    wanted = {k: v for k, v in vars(args).items() if k in ("lane", "error") and v is not None}
    for line in _command(settings, f"replay {args.verb}", wanted):
        print(line)
    return 0


def _with_data(settings: Settings, args: argparse.Namespace) -> Settings:
    return msgspec.structs.replace(settings, data=args.data) if args.data else settings


def _link(settings: Settings, args: argparse.Namespace) -> int:
    settings = _with_data(settings, args)
    wanted = {k: v for k, v in vars(args).items() if k in ("technician", "days", "link")}
    lines = _command(settings, f"link {args.verb}", wanted)
    for line in lines:
        print(line)
    # Only what a phone can use: over plain http it has no service worker, camera or cookie.
    if args.verb == "create" and lines[0].startswith("https://"):
        segno.make(lines[0]).terminal(compact=True)
    return 0


def _command(settings: Settings, name: str, args: dict[str, Any]) -> list[str]:
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
    upgrade(engine)
    with engine.begin() as conn:
        asked = Asked(args, at_known_zone(settings), time.time_ns() // 1_000_000)
        return command(name, asked)(conn)


def _migrate(settings: Settings, _args: argparse.Namespace) -> int:
    alone = is_sqlite(settings.database_url)
    with control.lock(Path(settings.data)) if alone else nullcontext():
        upgrade(writing_engine(settings.database_url))
    return 0


def _serve(settings: Settings, _args: argparse.Namespace) -> int:
    from backend.app import serve

    if not settings.office_phone:
        raise ValueError("office_phone : à indiquer / to be set")
    configure()
    asyncio.run(serve(settings))
    return 0


def _work(settings: Settings, _args: argparse.Namespace) -> int:
    from backend.app import work

    configure()
    asyncio.run(work(settings))
    return 0


def _bridge(settings: Settings, _args: argparse.Namespace) -> int:
    from backend.app import bridge

    configure()
    asyncio.run(bridge(settings))
    return 0


def _demo(_settings: Settings, args: argparse.Namespace) -> int:
    from backend.demo import Simulated, demo
    from backend.simulators.erpnext import SYNC_USER, create_erpnext_simulator, demo_site
    from backend.simulators.genieacs import GenieAcsSimulator, demo_acs

    configure("WARNING")
    day = datetime.now(Settings().site_zone).date()
    site = demo_site(day, seed=1)
    erpnext = create_erpnext_simulator(site, control=True)
    acs = GenieAcsSimulator(demo_acs(site, day))
    simulated = Simulated(erpnext, site.user_token(SYNC_USER), acs)
    asyncio.run(demo(args.port, args.data, simulated, lambda text: print(text, flush=True)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
