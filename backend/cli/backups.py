"""Commands of backups: take one, list them, put one back."""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from backend import control
from backend.cli.stored import NoInstallation, run_command, with_data
from backend.errors import AppError, Refused, Unavailable
from backend.operations.backups import (
    expired,
    fetch,
    fetch_photos,
    find_backup,
    list_backups,
    scratch,
    send_photos,
    take_backup,
)
from backend.operations.sealing import Identity, read_identities, read_recipients
from backend.settings import Settings
from backend.store.archive import Archive, open_archive
from backend.store.backup import Copied, check_backup, copy_database, put_back
from backend.store.blobs.folder import BlobFolder
from backend.store.disk import Reserve
from backend.store.engine import is_sqlite
from backend.store.restored import Beyond, beyond


class BackupElsewhere(AppError):
    """Only the embedded database is copied by Terrain itself."""

    code: ClassVar[str] = "backup-elsewhere"
    status: ClassVar[int] = 409


class NoArchive(AppError):
    """The settings name no place for backups, and the command line no file."""

    code: ClassVar[str] = "no-archive"
    status: ClassVar[int] = 409


class ArchiveAway(AppError):
    """The place of the backups does not answer, or not us; `reason` is a short stable name."""

    code: ClassVar[str] = "archive-away"
    status: ClassVar[int] = 409


def backup(settings: Settings, args: argparse.Namespace) -> int:
    """Copy the database to a file, or encrypted to the archive; it is proved before the phones are
    told that they may let go."""
    settings = with_data(settings, args)
    if args.list:
        return _list(settings)
    began_at = time.time_ns() // 1_000_000
    database = _database(settings)
    copied = copy_database(database, args.file) if args.file else _take(settings, began_at)
    noted = copied._asdict() | {"began_at": began_at}
    for line in run_command(settings, "backup note", noted):
        print(f"{args.file or settings.backup.url}  {line}")
    return 0


def restore(settings: Settings, args: argparse.Namespace) -> int:
    """Put a backup back, while nothing runs, and say what it lacks."""
    settings = with_data(settings, args)
    if not is_sqlite(settings.database_url):
        raise BackupElsewhere
    data = Path(settings.data)
    with control.lock(data):
        if args.identity is None:
            _put_back(settings, args.backup, Path(args.backup))
            return 0
        identities = read_identities(args.identity)
        with _archive(settings) as archive, scratch(data) as folder:
            chosen = find_backup(archive, args.backup)
            fetch(archive, chosen, folder / "terrain.db", identities)
            _put_back(settings, chosen.name, folder / "terrain.db")
            _restore_photos(settings, archive, identities)
    return 0


@contextmanager
def _archive(settings: Settings) -> Iterator[Archive]:
    """The archive of the settings; its failures become words for the operator."""
    if not settings.backup.url:
        raise NoArchive
    try:
        yield open_archive(settings.backup)
    except (Unavailable, Refused) as error:
        raise ArchiveAway(f"{settings.backup.url} : {error.kind}") from error


def _take(settings: Settings, now_ms: int) -> Copied:
    recipients = read_recipients(settings.backup.recipients)
    data = Path(settings.data)
    with _archive(settings) as archive:
        reserve = Reserve(data, settings.reserve_bytes)
        copied = take_backup(_database(settings), reserve, archive, recipients, now_ms)
        if not settings.blobs.url:
            send_photos(BlobFolder(data / "blobs"), archive, recipients)
        kept = settings.backup
        for each in expired(list_backups(archive), kept.keep, kept.keep_days, now_ms):
            archive.delete(each.path)
    return copied


def _list(settings: Settings) -> int:
    with _archive(settings) as archive:
        for each in list_backups(archive):
            print(f"{each.name}  {each.size} octets")
    return 0


def _put_back(settings: Settings, name: str, file: Path) -> None:
    database = Path(settings.data) / "terrain.db"
    check_backup(file)
    lacking = beyond(database, file)
    copied = put_back(file, database)
    print(f"{name}  {copied.sequence}  {copied.size} octets")
    for line in _lacking_lines(lacking, settings):
        print(line)


def _lacking_lines(lacking: list[Beyond] | None, settings: Settings) -> list[str]:
    if lacking is None:
        return [
            "L'ancienne base est illisible : les téléphones renverront ce qui manque;"
            " revoir les décisions du bureau.",
            "The former database cannot be read: phones send again what is missing;"
            " look again at the office's decisions.",
        ]
    lost = [each for each in lacking if each.is_lost]
    phones = {each.device for each in lacking if not each.is_lost}
    count = len(lacking) - len(lost)
    return [
        f"{count} gestes de {len(phones)} téléphones manquent : ils les renverront.",
        f"{count} mutations of {len(phones)} phones are missing: they send them again.",
        f"{len(lost)} à refaire à la main / to be done again by hand",
        *(_lost_line(each, settings) for each in lost),
    ]


def _lost_line(each: Beyond, settings: Settings) -> str:
    made = datetime.fromtimestamp(each.made_at / 1000, settings.site_zone)
    return f"{made:%Y-%m-%d %H:%M}  {each.actor}  {each.kind}  {each.key}  {each.mutation}"


def _restore_photos(settings: Settings, archive: Archive, identities: list[Identity]) -> None:
    if settings.blobs.url:
        return
    count = fetch_photos(archive, BlobFolder(Path(settings.data) / "blobs"), identities)
    print(f"{count} photos")


def _database(settings: Settings) -> Path:
    if not is_sqlite(settings.database_url):
        raise BackupElsewhere
    database = Path(settings.data) / "terrain.db"
    if not database.exists():
        raise NoInstallation(settings.data)
    return database
