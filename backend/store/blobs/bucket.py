"""Whole photos in an S3-compatible bucket, through obstore."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from backend.errors import Refused, Unavailable
from backend.log import log
from backend.settings import BlobSettings
from backend.store.blobs.place import BlobName, parse_name
from backend.store.s3 import SILENCE_S, open_s3

REQUEST_S: Final = 60
PAGE: Final = 1000  # what one ListObjectsV2 gives at most


def open_bucket(settings: BlobSettings) -> "Bucket":
    """The bucket that the settings name; nothing is asked of it yet.

    Raises ValueError, for the operator, when a setting is missing or the secret is none.
    """
    if not re.fullmatch(r"s3://[^/].*", settings.url):
        raise ValueError(f"blobs.url : s3://seau/préfixe / s3://bucket/prefix : {settings.url}")
    return Bucket(open_s3(settings, REQUEST_S, retries=1, retry_s=SILENCE_S))


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
