"""Where backups are kept: a folder, best on another machine, or an S3-compatible bucket."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, Protocol, cast

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from backend.errors import Refused, Unavailable
from backend.settings.upkeep import BackupSettings
from backend.store.s3 import open_s3

REQUEST_S: Final = 120  # of a part of 10 MiB (obstore.open_writer)


class Reader(Protocol):
    """What is read from beginning to end."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes, none at the end."""


class Kept(NamedTuple):
    """One object: its path in the archive, its size in bytes, when it was written (UTC ms)."""

    path: str
    size: int
    at: int


def open_archive(settings: BackupSettings) -> "Archive":
    """The folder or bucket that the settings name.

    Raises ValueError for settings that cannot be, Unavailable("no-folder") for a folder that is
    not there: another machine's that is not mounted must not be made on this one.
    """
    if not settings.url.startswith("s3://"):
        if not Path(settings.url).is_dir():
            raise Unavailable("no-folder")
        return Archive(LocalStore(settings.url))
    return Archive(open_s3(settings, REQUEST_S, retries=3, retry_s=REQUEST_S))


class Archive:
    """Objects by path. Each call may take minutes and raises Unavailable or Refused; an object is
    there whole or not at all."""

    def __init__(self, store: LocalStore | S3Store) -> None:
        self._store = store

    @contextmanager
    def writing(self, path: str) -> Iterator[BinaryIO]:
        """A file to be filled; it takes its name at the end, if nothing was raised until then."""
        with _asked(), obstore.open_writer(self._store, path) as writer:
            yield cast(BinaryIO, writer)

    @contextmanager
    def reading(self, path: str) -> Iterator[Reader]:
        """The bytes of an object. Unavailable("missing")."""
        with _asked():
            yield _Reader(obstore.open_reader(self._store, path))

    def list(self, prefix: str) -> list[Kept]:
        """Everything below a folder of the archive, by path."""
        with _asked():
            found = [each for page in obstore.list(self._store, prefix) for each in page]
        kept = (
            Kept(each["path"], each["size"], round(each["last_modified"].timestamp() * 1000))
            for each in found
        )
        return sorted(kept)

    def delete(self, path: str) -> None:
        """Keep an object no longer."""
        with _asked():
            obstore.delete(self._store, path)


class _Reader:
    """Gives bytes: the library's own buffer is not what pyrage takes."""

    def __init__(self, opened: Any) -> None:
        self._opened = opened

    def read(self, size: int = -1, /) -> bytes:
        return bytes(self._opened.read(size))


@contextmanager
def _asked() -> Iterator[None]:
    """Translate the library's errors, whose texts hold addresses and the bucket's own words."""
    try:
        yield
    except FileNotFoundError:
        raise Unavailable("missing") from None
    except (PermissionDeniedError, UnauthenticatedError):
        raise Refused("archive-access") from None
    except BaseError as error:
        raise Unavailable(type(error).__name__) from None
