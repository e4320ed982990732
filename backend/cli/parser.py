"""The words of the command line, and what each one runs."""

import argparse
from pathlib import Path
from typing import Any

from backend.auth.roles import Role
from backend.cli import accounts, backups, beginning, running, stored, upstreams
from backend.operations.new_installation import QUESTIONS


def parser() -> argparse.ArgumentParser:
    """Every command with its options; `run` of what is parsed is what to call."""
    terrain = argparse.ArgumentParser(prog="terrain", description="The `terrain` command.")
    terrain.add_argument("--config", help="TOML file of the installation")
    commands = terrain.add_subparsers(required=True, metavar="command")
    demo = commands.add_parser("demo", help="everything on this machine, with simulators")
    demo.add_argument("--port", type=int, default=8700)
    demo.add_argument("--data", default="var/demo", help="folder that keeps the demo's data")
    demo.set_defaults(run=running.demo)
    serve = commands.add_parser("serve", help="answer phones and the board; SQLite: work too")
    serve.set_defaults(run=running.serve)
    work = commands.add_parser("work", help="the workers alone, beside `serve`, on PostgreSQL")
    work.set_defaults(run=running.work)
    bridge = commands.add_parser("bridge", help="ask modems by their web interface, apart")
    bridge.set_defaults(run=running.bridge)
    migrate = commands.add_parser("migrate", help="bring the database up to date")
    migrate.set_defaults(run=running.migrate)
    upgrading = commands.add_parser("upgrade", help="to this version, or all back; nothing runs")
    upgrading.set_defaults(run=running.upgrade_installation)
    doctor = commands.add_parser("doctor", help="whether a deployment is as it should be")
    doctor.set_defaults(run=upstreams.doctor)
    _add_init(commands.add_parser("init", help="write a new installation: one container"))
    push_key = commands.add_parser("push-key", help="a new key for Web Push, for a secret file")
    push_key.set_defaults(run=beginning.push_key)
    _add_link(commands.add_parser("link", help="technicians' links"))
    _add_admin(commands.add_parser("admin", help="accounts of an office without ForwardAuth"))
    _add_backup(commands)
    _add_replay(commands.add_parser("replay", help="what ERPNext refused: list it, try it again"))
    _add_salvage(commands.add_parser("salvage", help="work from the file that a phone exported"))
    _add_erp(commands.add_parser("erp", help="whether the ERPNext site fits, and making it fit"))
    _add_cpe(commands.add_parser("cpe", help="what GenieACS is given"))
    return terrain


def _add_init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", default=".", help="where its files are written")
    parser.add_argument("--yes", action="store_true", help="ask nothing: options and defaults")
    for question in QUESTIONS:
        option = f"--{question.key.replace('_', '-')}"
        parser.add_argument(option, dest=question.key, help=question.en)
    parser.set_defaults(run=beginning.init)


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
        each.set_defaults(run=stored.link, verb=verb)


def _add_admin(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True, metavar="verb")
    # Never the password itself: every user of the machine can read a command line.
    create = verbs.add_parser("create", help="make an account, or change its password or role")
    create.add_argument("--role", choices=[*Role], default=Role.ADMIN, type=Role)
    ended = verbs.add_parser("end", help="end an account and its sessions")
    shown = verbs.add_parser("list", help="every account and its role")
    for each in (create, ended):
        each.add_argument("email", type=accounts.address)
    for verb, each in (("create", create), ("end", ended), ("list", shown)):
        each.add_argument("--data", default=None, help="data folder (the demo's: var/demo)")
        each.set_defaults(run=stored.admin, verb=verb)


def _days(text: str) -> int:
    days = int(text)
    if not 0 < days < 366:
        raise ValueError
    return days


def _add_backup(commands: Any) -> None:
    backup = commands.add_parser("backup", help="a whole copy of the database, while it runs")
    backup.add_argument("file", type=Path, nargs="?", help="without: encrypted, to [backup]")
    backup.add_argument("--list", action="store_true", help="those that [backup] keeps")
    backup.set_defaults(run=backups.backup)
    restore = commands.add_parser("restore", help="put a backup back, while nothing runs")
    restore.add_argument("backup", help="a file; with --identity: a name of --list, or latest")
    restore.add_argument("--identity", type=Path, help="file of the age key that opens [backup]")
    restore.set_defaults(run=backups.restore)
    for each in (backup, restore):
        each.add_argument("--data", default=None, help="data folder (the demo's: var/demo)")


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
        each.set_defaults(run=stored.replay, verb=verb)


def _add_salvage(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="what the technician handed over")
    parser.add_argument("--admit", action="store_true", help="take it in; without: show it alone")
    parser.add_argument("--only", nargs="+", default=(), metavar="ID", help="of it, these alone")
    parser.add_argument("--data", default=None, help="data folder (the demo's: var/demo)")
    parser.set_defaults(run=stored.salvage)


def _add_erp(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True, metavar="verb")
    check = verbs.add_parser("check", help="a table of what is well, what is missing, how to mend")
    check.set_defaults(run=upstreams.erp_check)
    install = verbs.add_parser("install", help="bring what Terrain needs into the site")
    install.add_argument("--user", required=True, help="e-mail of the service user")
    # Never the token itself: every user of the machine can read a command line.
    install.add_argument(
        "--admin-token-file", help=f"instead of ${upstreams.ADMIN_TOKEN}", default=""
    )
    install.add_argument("--dry-run", action="store_true", help="tell the changes, write nothing")
    install.set_defaults(run=upstreams.erp_install)


def _add_cpe(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True, metavar="verb")
    install = verbs.add_parser("install-preset", help="let modems be read when they boot")
    install.add_argument("--dry-run", action="store_true", help="tell the changes, write nothing")
    install.set_defaults(run=upstreams.cpe_install)
