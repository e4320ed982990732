"""`python -m bench.restore --megabytes 1024`: a backup to an archive and the way back, timed.

Half of it is a database of mutations, half photos of 400 kB, both of random bytes.
"""

import argparse
import json
import os
import tempfile
import time
import uuid
from hashlib import sha256
from pathlib import Path
from typing import Final

from pyrage import x25519
from sqlalchemy import insert

from backend.operations.backups import (
    LATEST,
    fetch,
    fetch_photos,
    find_backup,
    send_photos,
    take_backup,
)
from backend.settings.upkeep import BackupSettings
from backend.store.archive import open_archive
from backend.store.backup import put_back
from backend.store.blobs.folder import BlobFolder
from backend.store.blobs.place import BlobName
from backend.store.disk import Reserve
from backend.store.engine import writing_engine
from backend.store.schema import upgrade
from backend.store.tables import mutation
from tests.faults.phones import now_ms
from tests.given import a_visit, uuid7

PHOTO_BYTES: Final = 400_000
ROW_BYTES: Final = 4_000
ROWS: Final = 500  # a commit
MB: Final = 1024**2


def main(megabytes: int) -> None:
    """Print the figures as one line of JSON."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as made:
        folder = Path(made)
        for name in ("var", "elsewhere", "again"):
            (folder / name).mkdir()
        database = folder / "var" / "terrain.db"
        _fill(database, megabytes * MB // 2)
        photos = BlobFolder(folder / "var" / "blobs")
        count = _take_photos(photos, megabytes * MB // 2)
        key = x25519.Identity.generate()
        archive = open_archive(BackupSettings(str(folder / "elsewhere"), (str(key.to_public()),)))
        began = time.perf_counter()
        take_backup(database, Reserve(folder / "var", 0), archive, [key.to_public()], now_ms())
        sent = send_photos(photos, archive, [key.to_public()])
        backup_s = time.perf_counter() - began
        began = time.perf_counter()
        copy = folder / "again" / "copy.db"
        fetch(archive, find_backup(archive, LATEST), copy, [key])
        put_back(copy, folder / "again" / "terrain.db")
        restored = fetch_photos(archive, BlobFolder(folder / "again" / "blobs"), [key])
        restore_s = time.perf_counter() - began
        assert sent == restored == count  # noqa: S101  (else it is no figure)
        figures = {"megabytes": megabytes, "photos": count, "db_mb": database.stat().st_size // MB}
        times = {"backup_s": round(backup_s, 1), "restore_s": round(restore_s, 1)}
        print(json.dumps(figures | times))


def _fill(database: Path, size: int) -> None:
    engine = writing_engine(f"sqlite:///{database}")
    upgrade(engine)
    with engine.begin() as conn:
        a_visit(conn)
    for start in range(0, size // ROW_BYTES, ROWS):
        with engine.begin() as conn:
            conn.execute(insert(mutation), [_row(n) for n in range(start, start + ROWS)])
    engine.dispose()


def _row(number: int) -> dict[str, object]:
    texts: dict[str, object] = {
        "actor": "t",
        "kind": "note",
        "key": "job/1",
        "detail": "{}",
        "device": "d",
    }
    fixed: dict[str, object] = {
        "epoch": 1,
        "seq": number + 1,
        "sequence": 1,
        "made_at": 1,
        "received_at": 1,
    }
    kinds: dict[str, object] = {
        "actor_kind": "technician",
        "outcome": "applied",
        "payload_hash": "0" * 64,
    }
    made: dict[str, object] = {"id": uuid7(number), "payload": os.urandom(ROW_BYTES)}
    return made | texts | fixed | kinds


def _take_photos(folder: BlobFolder, size: int) -> int:
    for number in range(size // PHOTO_BYTES):
        photo = os.urandom(PHOTO_BYTES)
        name = BlobName(sha256(photo).hexdigest(), str(uuid.UUID(int=number)))
        folder.sealed(name).write_bytes(photo)
    return size // PHOTO_BYTES


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1024)
    main(parser.parse_args().megabytes)
