"""Looks at a deployment, one thing after the other."""

import platform
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec

from backend.errors import Refused
from backend.operations.doctor import findings, probes
from backend.operations.doctor.findings import Finding, Level
from backend.settings import Settings, read_secret
from backend.store.backups import read_backups
from backend.store.blobs.folder import FREE_BYTES
from backend.store.disk import free_bytes
from backend.store.engine import SQLITE_VERSION, is_sqlite, looking_engine
from backend.store.schema import current_revision, newest_revision

WHOAMI: Final = "/api/method/frappe.auth.get_logged_user"


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding of the deployment, as it is seen."""
    yield Finding(
        Level.OK,
        f"Terrain {version('terrain')}, Python {platform.python_version()}",
        "versions",
        "versions",
    )
    yield from _data(settings)
    yield from _secrets(settings)
    yield from _upstreams(settings)
    yield from _spoofing(settings)


def _data(settings: Settings) -> Iterator[Finding]:
    data = Path(settings.data)
    if is_sqlite(settings.database_url):
        yield findings.sqlite_line(SQLITE_VERSION)
    if not data.is_dir():
        fr, en = "dossier absent : `terrain upgrade`", "no such folder: `terrain upgrade`"
        yield Finding(Level.FAULT, str(data), fr, en)
        return
    yield findings.disk_line(free_bytes(data), FREE_BYTES, settings.reserve_bytes)
    if is_sqlite(settings.database_url) and not (data / "terrain.db").exists():
        yield findings.schema_line("", newest_revision())
        return
    yield from _database(settings)


def _database(settings: Settings) -> Iterator[Finding]:
    engine = looking_engine(settings.database_url)
    try:
        with engine.connect() as conn:
            current = current_revision(conn)
            is_new = current == newest_revision()
            backups = read_backups(conn) if is_new else None
    finally:
        engine.dispose()
    yield findings.schema_line(current, newest_revision())
    if backups is not None:
        taken = backups.taken_at if settings.backup.url else None
        yield findings.backup_line(taken, time.time_ns() // 1_000_000, settings.backup.late_ms)


def _secrets(settings: Settings) -> Iterator[Finding]:
    for path in sorted(secret_files(settings)):
        file = Path(path)
        status = file.stat() if file.is_file() else None
        mode = status.st_mode if status else 0
        yield findings.secret_line(path, status.st_size if status else None, mode)


def secret_files(settings: Any) -> set[str]:
    """Every file that a setting named `..._file` holds, at any depth."""
    found: set[str] = set()
    for name in settings.__struct_fields__:
        value = getattr(settings, name)
        if name.endswith("_file") and value:
            found.add(value)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, msgspec.Struct):
                found |= secret_files(part)
    return found


def _upstreams(settings: Settings) -> Iterator[Finding]:
    if settings.erpnext.url:
        yield from _erpnext(settings)
    if settings.genieacs.url:
        answered = probes.ask(f"{settings.genieacs.url}/devices?limit=1", {})
        yield findings.upstream_line("GenieACS", answered and answered.status)
    if settings.bridge.url:
        answered = probes.ask(f"{settings.bridge.url}/health", {})
        yield findings.upstream_line("bridge", answered and answered.status)
    if settings.backup.url:
        yield _archive(settings)


def _erpnext(settings: Settings) -> Iterator[Finding]:
    try:
        token = read_secret(settings.erpnext.token_file)
    except (ValueError, OSError):
        return  # told among the secrets
    headers = {"Authorization": f"token {token}", "Accept": "application/json"}
    answered = probes.ask(f"{settings.erpnext.url}{WHOAMI}", headers)
    yield findings.upstream_line("ERPNext", answered and answered.status)
    yield findings.clock_line(answered and answered.skew_s, "ERPNext")


def _archive(settings: Settings) -> Finding:
    try:
        is_there = probes.reaches_archive(settings.backup)
    except (Refused, ValueError, OSError):
        return findings.upstream_line(settings.backup.url, 403)
    return findings.upstream_line(settings.backup.url, 200 if is_there else None)


def _spoofing(settings: Settings) -> Iterator[Finding]:
    if not settings.public_url:
        fr, en = "à indiquer : les téléphones demandent https", "to be set: phones need https"
        yield Finding(Level.FAULT, "public_url", fr, en)
        return
    group = settings.staff.groups[0] if settings.staff.groups else ""
    for spelt in probes.SPELLINGS:
        yield findings.spoof_line(spelt, probes.claim(f"{settings.board_url}/", spelt, group))
