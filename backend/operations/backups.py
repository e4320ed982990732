"""Backups: the database and its photos, encrypted, in an archive; and the way back.

The archive holds `database/<instant>-<epoch>-<sequence>.age`, each a whole database, and each photo
once as `photos/ab/<SHA-256>.<upload>.age`: its bytes never change.
"""

import fcntl
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from backend.errors import DiskFull
from backend.operations.sealing import Identity, Recipient, seal, unseal
from backend.store.archive import Archive
from backend.store.backup import Copied, NoFile, copy_database
from backend.store.blobs.folder import BlobFolder
from backend.store.blobs.local import fsync_folder
from backend.store.blobs.place import BlobName, parse_name
from backend.store.clock import DAY_MS
from backend.store.disk import Reserve

DATABASES: Final = "database"
PHOTOS: Final = "photos"
LATEST: Final = "latest"
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_NAME: Final = re.compile(rf"{DATABASES}/(\d{{8}}T\d{{6}}Z)-([0-9a-f]+)-(\d+)\.age")


class Backup(NamedTuple):
    """One in the archive: when it was begun (UTC ms, to the second), what it holds."""

    at: int
    path: str
    epoch: str
    sequence: int
    size: int

    @property
    def name(self) -> str:
        """What an operator calls it."""
        return self.path.removeprefix(f"{DATABASES}/").removesuffix(".age")


def take_backup(
    database: Path, reserve: Reserve, archive: Archive, recipients: Sequence[Recipient], now_ms: int
) -> Copied:
    """Keep a proved copy of the database, encrypted, and prove it there.

    Takes the room of one more database in the data folder meanwhile. Raises DiskFull when that
    would be phones' reserve, BadBackup, NotVerified, Unavailable, Refused, OSError.
    """
    with scratch(reserve.folder) as folder:
        if reserve.free(reserve.folder) < database.stat().st_size + reserve.keep:
            raise DiskFull("backup")
        copy = folder / "terrain.db"
        copied = copy_database(database, copy)
        at = datetime.fromtimestamp(now_ms / 1000, UTC).strftime(_STAMP)
        path = f"{DATABASES}/{at}-{copied.epoch}-{copied.sequence}.age"
        seal(copy, archive, path, recipients)
    return copied


def send_photos(folder: BlobFolder, archive: Archive, recipients: Sequence[Recipient]) -> int:
    """Keep each whole photo of this machine that the archive lacks; gives how many.

    Raises NotVerified, Unavailable, Refused, OSError: what was sent stays, the rest comes next.
    """
    kept = {each.path for each in archive.list(PHOTOS)}
    sent = 0
    for name, file in _photos(folder):
        if _path(name) not in kept and file.exists():
            seal(file, archive, _path(name), recipients)
            sent += 1
    return sent


def list_backups(archive: Archive) -> list[Backup]:
    """Every backup of a database, the newest first; what else lies there is left alone."""
    found = [(each, _NAME.fullmatch(each.path)) for each in archive.list(DATABASES)]
    backups = (
        Backup(_instant(match[1]), kept.path, match[2], int(match[3]), kept.size)
        for kept, match in found
        if match
    )
    return sorted(backups, reverse=True)


def expired(backups: Sequence[Backup], keep: int, keep_days: int, now_ms: int) -> list[Backup]:
    """Those to be deleted: beyond the `keep` newest, and not the last of one of the `keep_days`
    days (UTC) before `now_ms`."""
    newest_first = sorted(backups, reverse=True)
    last_of_day: dict[int, Backup] = {}
    for each in newest_first:
        last_of_day.setdefault(each.at // DAY_MS, each)
    since = now_ms // DAY_MS - keep_days
    daily = {each for day, each in last_of_day.items() if day > since}
    return [each for each in newest_first[keep:] if each not in daily]


def find_backup(archive: Archive, name: str) -> Backup:
    """The one of that name, or the newest for LATEST. Raises NoFile."""
    backups = list_backups(archive)
    if name == LATEST and backups:
        return backups[0]
    for each in backups:
        if each.name == name:
            return each
    raise NoFile(name)


def fetch(archive: Archive, backup: Backup, target: Path, identities: Sequence[Identity]) -> None:
    """Decrypt a backup into a file. Raises WrongKey, BadBackup, Unavailable, Refused."""
    with target.open("wb") as file:
        unseal(archive, backup.path, file, identities)


def fetch_photos(archive: Archive, folder: BlobFolder, identities: Sequence[Identity]) -> int:
    """Put back each photo of the archive that this machine lacks; gives how many. Raises as
    `fetch`."""
    here = {_path(name) for name, _ in _photos(folder)}
    lacking = [each.path for each in archive.list(PHOTOS) if each.path not in here]
    for path in lacking:
        _put_back(archive, path, folder.root, identities)
    return len(lacking)


@contextmanager
def scratch(data: Path) -> Iterator[Path]:
    """An empty folder beside the database for one process at a time; removed at the end, and what
    a killed one left at the next beginning."""
    with (data / "backup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = data / "backup"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _put_back(archive: Archive, path: str, root: Path, identities: Sequence[Identity]) -> None:
    file = root / path.removeprefix(f"{PHOTOS}/").removesuffix(".age")
    if parse_name(file.name) is None:
        return
    file.parent.mkdir(exist_ok=True)
    partial = root / "uploads" / f"{file.name}.restored"
    with partial.open("wb") as target:
        unseal(archive, path, target, identities)
    partial.rename(file)
    fsync_folder(file.parent)


def _photos(folder: BlobFolder) -> Iterator[tuple[BlobName, Path]]:
    """Every whole photo of this machine, where it lies and where it waits."""
    for pattern in ("[0-9a-f][0-9a-f]/*", "sealed/*"):
        for file in sorted(folder.root.glob(pattern)):
            name = parse_name(file.name)
            if name:
                yield name, file


def _path(name: BlobName) -> str:
    return f"{PHOTOS}/{name.path}.age"


def _instant(stamp: str) -> int:
    return int(datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC).timestamp() * 1000)
