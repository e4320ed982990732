"""Commands that run until they are stopped, and the migration before them.

What they run is imported when it is: the others need none of it and answer at once.
"""

import argparse
import asyncio
import time
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

from backend import control
from backend.erp.zone import at_known_zone
from backend.log import configure
from backend.settings import Settings
from backend.store.clock import Clock, local_date
from backend.store.engine import is_sqlite, writing_engine
from backend.store.schema import upgrade
from backend.store.upgrading import upgrade_database


def serve(settings: Settings, _args: argparse.Namespace) -> int:
    """Answer phones and the board until a signal; on SQLite, work too."""
    from backend.app import serve

    if not settings.office_phone:
        raise ValueError("office_phone : à indiquer / to be set")
    configure()
    asyncio.run(serve(settings))
    return 0


def work(settings: Settings, _args: argparse.Namespace) -> int:
    """Run the workers until a signal."""
    from backend.app import work

    configure()
    asyncio.run(work(settings))
    return 0


def bridge(settings: Settings, _args: argparse.Namespace) -> int:
    """Answer who asks for a modem's own pages, until a signal."""
    from backend.app import bridge

    configure()
    asyncio.run(bridge(settings))
    return 0


def migrate(settings: Settings, _args: argparse.Namespace) -> int:
    """Bring the database up to date."""
    alone = is_sqlite(settings.database_url)
    with control.lock(Path(settings.data)) if alone else nullcontext():
        upgrade(writing_engine(settings.database_url))
    return 0


def upgrade_installation(settings: Settings, _args: argparse.Namespace) -> int:
    """Bring a stopped installation to this version, or leave it as it was."""
    alone, data = is_sqlite(settings.database_url), Path(settings.data)
    now_ms = time.time_ns() // 1_000_000
    clock = Clock(now_ms, local_date(now_ms, at_known_zone(settings).site_zone))
    with control.lock(data) if alone else nullcontext():
        done = upgrade_database(settings.database_url, data, clock)
    print(f"{done.before or '-'} → {done.after}")
    if done.copy is not None:
        print(f"Avant / before: {done.copy}")
    return 0


def demo(_settings: Settings, args: argparse.Namespace) -> int:
    """Run everything on this machine, with simulators, until a signal."""
    from backend.demo import Simulated, demo
    from backend.simulators.erpnext import SYNC_USER, create_erpnext_simulator, demo_site
    from backend.simulators.genieacs import GenieAcsSimulator, demo_acs
    from backend.simulators.olt import COMMUNITY, demo_olts
    from backend.simulators.xx230v import MODEM_PASSWORD, demo_modems

    configure("WARNING")
    day = datetime.now(Settings().site_zone).date()
    site = demo_site(day, seed=1)
    erpnext = create_erpnext_simulator(site, control=True)
    acs = demo_acs(site, day)
    modems = [*demo_modems(acs)]
    token = site.user_token(SYNC_USER)
    simulated = Simulated(
        erpnext,
        token,
        GenieAcsSimulator(acs),
        modems,
        MODEM_PASSWORD,
        [*demo_olts(site, acs)],
        COMMUNITY,
    )
    asyncio.run(demo(args.port, args.data, simulated, lambda text: print(text, flush=True)))
    return 0
