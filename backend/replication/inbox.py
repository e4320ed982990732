"""Reads what a phone sent: never drops it, however odd it is."""

import zlib
from typing import ClassVar, Final

import msgspec

from backend.errors import AppError, TooLarge, Unreadable
from backend.store.incoming import UNREADABLE, is_uuid, read_mutation
from sync.protocol import BATCH_BYTES, BATCH_MUTATIONS, PROTOCOL, SyncRequest
from sync.push import Submitted

INFLATE_RATIO: Final = 20


class NewerClient(AppError):
    """The phone speaks a protocol this server does not know yet; nothing was consumed."""

    code: ClassVar[str] = "newer-client"
    status: ClassVar[int] = 503


def inflate(body: bytes, encoding: str) -> bytes:
    """The plain body: gzip is inflated to BATCH_BYTES at most, ratio INFLATE_RATIO at most.

    Raises TooLarge for more, Unreadable for bytes that are not gzip or another encoding.
    """
    if not encoding or encoding == "identity":
        return body
    if encoding != "gzip":
        raise Unreadable("content-encoding")
    limit = min(BATCH_BYTES, max(1024, len(body) * INFLATE_RATIO))
    inflater = zlib.decompressobj(wbits=31)
    try:
        plain = inflater.decompress(body, limit)
    except zlib.error as error:
        raise Unreadable("gzip") from error
    if inflater.unconsumed_tail:
        raise TooLarge("inflated")
    if not inflater.eof:
        raise Unreadable("gzip")
    return plain


def read_request(body: bytes) -> SyncRequest:
    """The request in a plain body. Raises Unreadable, TooLarge or NewerClient."""
    try:
        request = msgspec.json.decode(body, type=SyncRequest)
    except UNREADABLE as error:
        raise Unreadable("json") from error
    if request.protocol > PROTOCOL:
        raise NewerClient
    if len(request.mutations) > BATCH_MUTATIONS:
        raise TooLarge("mutations")
    if not is_uuid(request.device) or request.epoch < 1:
        raise Unreadable("replica")
    return request


def read_batch(request: SyncRequest) -> tuple[Submitted, ...]:
    """The request's mutations in order of seq. One that cannot be read parks under its own id.

    Raises Unreadable when not even an id and a seq can be made out: nothing could be answered.
    """
    batch = [read_mutation(bytes(raw)) for raw in request.mutations]
    if any(each.mutation.seq < 1 for each in batch):
        raise Unreadable("mutation seq")
    return tuple(sorted(batch, key=lambda each: each.mutation.seq))
