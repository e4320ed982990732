"""Where backups are kept: a folder, best on another machine, or an S3-compatible bucket."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, Protocol, cast
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from backend.errors import Refused, Unavailable
from backend.settings import read_secret
from backend.settings.upkeep import BackupSettings

CONNECT_S: Final = 3
SILENCE_S: Final = 10
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
    url = urlsplit(settings.url)
    return Archive(
        S3Store(
            url.netloc,
            prefix=url.path.strip("/") or None,
            config=cast(Any, _config(settings)),
            client_options=cast(Any, _client_options(settings)),
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=REQUEST_S)},
            credential_provider=_credentials(settings),
        )
    )


def _config(settings: BackupSettings) -> dict[str, Any]:
    elsewhere = {"endpoint": settings.endpoint} if settings.endpoint else {}
    return {"region": settings.region, "disable_bulk_delete": True, **elsewhere}


def _client_options(settings: BackupSettings) -> dict[str, Any]:
    return {
        "allow_http": settings.endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=CONNECT_S),
        "read_timeout": timedelta(seconds=SILENCE_S),
        "timeout": timedelta(seconds=REQUEST_S),
    }


def _credentials(settings: BackupSettings) -> Any:
    """Not in the config, which can be printed and to which the environment adds its own."""
    key, _, secret = read_secret(settings.credentials_file).partition(":")
    if not secret:
        raise ValueError(f"{settings.credentials_file} : CLÉ:SECRET / KEY:SECRET")
    given = {"access_key_id": key, "secret_access_key": secret, "token": None, "expires_at": None}
    return lambda: given


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
