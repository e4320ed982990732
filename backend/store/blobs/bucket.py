"""Whole photos in an S3-compatible bucket, through obstore."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from backend.errors import Refused, Unavailable
from backend.log import log
from backend.settings import BlobSettings, read_secret
from backend.store.blobs.place import BlobName, parse_name

CONNECT_S: Final = 3
SILENCE_S: Final = 10
REQUEST_S: Final = 60
PAGE: Final = 1000  # what one ListObjectsV2 gives at most


def open_bucket(settings: BlobSettings) -> "Bucket":
    """The bucket that the settings name; nothing is asked of it yet.

    Raises ValueError, for the operator, when a setting is missing or the secret is none.
    """
    url = urlsplit(settings.url)
    if url.scheme != "s3" or not url.netloc:
        raise ValueError(f"blobs.url : s3://seau/préfixe / s3://bucket/prefix : {settings.url}")
    return Bucket(
        S3Store(
            url.netloc,
            prefix=url.path.strip("/") or None,
            config=_config(settings),
            client_options=_client_options(settings),
            retry_config={"max_retries": 1, "retry_timeout": timedelta(seconds=SILENCE_S)},
            credential_provider=_credentials(settings),
        )
    )


def _config(settings: BlobSettings) -> Any:
    """Where the bucket is. Objects go one by one: not every S3-compatible store knows more."""
    elsewhere = {"endpoint": settings.endpoint} if settings.endpoint else {}
    return {"region": settings.region, "disable_bulk_delete": True, **elsewhere}


def _client_options(settings: BlobSettings) -> Any:
    """Bounds on every wait; plain http only where the operator wrote it."""
    return {
        "allow_http": settings.endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=CONNECT_S),
        "read_timeout": timedelta(seconds=SILENCE_S),
        "timeout": timedelta(seconds=REQUEST_S),
    }


def _credentials(settings: BlobSettings) -> Any:
    """Not in the config, which can be printed and to which the environment adds its own."""
    key, _, secret = read_secret(settings.credentials_file).partition(":")
    if not secret:
        raise ValueError(f"{settings.credentials_file} : CLÉ:SECRET / KEY:SECRET")
    given = {"access_key_id": key, "secret_access_key": secret, "token": None, "expires_at": None}
    return lambda: given


class Bucket:
    """A Place. What is put is whole: the signature of a request covers the bytes' SHA-256
    (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
    """

    def __init__(self, store: S3Store) -> None:
        self._store = store
        self._is_away = False

    async def put(self, name: BlobName, file: Path) -> None:
        """Send the file's bytes in one request."""
        photo = await asyncio.to_thread(file.read_bytes)
        with self._asked():
            await obstore.put_async(self._store, name.path, photo, use_multipart=False)

    async def exists(self, name: BlobName) -> bool:
        """Whether the bucket has it."""
        with self._asked():
            try:
                await obstore.head_async(self._store, name.path)
            except FileNotFoundError:
                return False
            return True

    async def read(self, name: BlobName) -> bytes:
        """The bytes; Unavailable("missing") for what may still be on its way from another host."""
        with self._asked():
            try:
                found = await obstore.get_async(self._store, name.path)
            except FileNotFoundError:
                raise Unavailable("missing") from None
            return bytes(await found.bytes_async())

    async def delete(self, name: BlobName) -> None:
        """Remove it."""
        with self._asked():
            await obstore.delete_async(self._store, name.path)

    async def pages(self) -> AsyncIterator[Mapping[BlobName, int]]:
        """One page for each answer of the bucket."""
        listed = obstore.list(self._store, chunk_size=PAGE)
        while True:
            with self._asked():
                page = await anext(listed, None)
            if page is None:
                return
            named = ((parse_name(each["path"]), each["last_modified"]) for each in page)
            yield {name: round(at.timestamp() * 1000) for name, at in named if name}

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Translate the library's errors, whose texts hold URLs and the bucket's own words; tell
        the log once when the bucket goes away and once when it is back.
        """
        try:
            yield
        except FileNotFoundError:  # only of the bucket: that an object is missing is no surprise
            self._note_away("NoSuchBucket")
            raise Unavailable("bucket") from None
        except (PermissionDeniedError, UnauthenticatedError) as error:
            self._note_away(type(error).__name__)
            raise Refused("bucket-access") from None
        except BaseError as error:
            self._note_away(type(error).__name__)
            raise Unavailable("bucket") from None
        self._note_back()

    def _note_away(self, kind: str) -> None:
        if not self._is_away:
            log.error("the bucket of photos is away", extra={"kind": kind})
        self._is_away = True

    def _note_back(self) -> None:
        if self._is_away:
            log.warning("the bucket of photos is back")
        self._is_away = False
