"""Commands that look at another system, or make it fit."""

import argparse
import os
from typing import Final

from backend.cpe import console as cpe_console
from backend.erp import console
from backend.operations.doctor.examine import examine
from backend.operations.doctor.findings import Level, lines
from backend.settings import Settings, read_secret

ADMIN_TOKEN: Final = "TERRAIN_ERPNEXT_ADMIN_TOKEN"  # noqa: S105  (a variable's name)


def erp_check(settings: Settings, _args: argparse.Namespace) -> int:
    """Print what the ERPNext site has and lacks; 1 when it does not fit."""
    return _print(console.check(settings))


def erp_install(settings: Settings, args: argparse.Namespace) -> int:
    """Give the ERPNext site what Terrain needs of it."""
    token = os.environ.get(ADMIN_TOKEN, "")
    if args.admin_token_file or not token:
        token = read_secret(args.admin_token_file)
    return _print(console.install(settings, args.user, token, dry_run=args.dry_run))


def cpe_install(settings: Settings, args: argparse.Namespace) -> int:
    """Give GenieACS what reads modems when they boot."""
    return _print(cpe_console.install_preset(settings, dry_run=args.dry_run))


def doctor(settings: Settings, _args: argparse.Namespace) -> int:
    """Print what is well with a deployment and what is not; 1 when something is to be mended."""
    found = list(examine(settings))
    print("\n".join(lines(found)))
    return 1 if any(each.level is Level.FAULT for each in found) else 0


def _print(told: console.Told | cpe_console.Told) -> int:
    print("\n".join(told.lines))
    return 0 if told.sound else 1
