"""Reads what a phone sent: never drops it, however odd it is."""

import re
import zlib
from typing import ClassVar, Final

import msgspec

from backend.errors import AppError, TooLarge, Unreadable
from backend.store.apply import submitted
from sync.protocol import BATCH_BYTES, BATCH_MUTATIONS, PROTOCOL, Mutation, SyncRequest
from sync.push import Submitted

INFLATE_RATIO: Final = 20

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_KEY = re.compile(r"[a-z]{1,20}/[0-9A-Za-z-]{1,58}")


class NewerClient(AppError):
    """The phone speaks a protocol this server does not know yet; nothing was consumed."""

    code: ClassVar[str] = "newer-client"
    status: ClassVar[int] = 503


# Beside bad syntax and bad text: more brackets than the decoder can follow.
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Stub(msgspec.Struct):
    """The least a mutation needs to be answered by name."""

    id: str
    seq: int


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
    except _UNREADABLE as error:
        raise Unreadable("json") from error
    if request.protocol > PROTOCOL:
        raise NewerClient
    if len(request.mutations) > BATCH_MUTATIONS:
        raise TooLarge("mutations")
    if not _UUID.fullmatch(request.device) or request.epoch < 1:
        raise Unreadable("replica")
    return request


def read_batch(request: SyncRequest) -> tuple[Submitted, ...]:
    """The request's mutations in order of seq. One that cannot be read parks under its own id.

    Raises Unreadable when not even an id and a seq can be made out: nothing could be answered.
    """
    batch = [_read_one(bytes(raw)) for raw in request.mutations]
    return tuple(sorted(batch, key=lambda each: each.mutation.seq))


def _read_one(raw: bytes) -> Submitted:
    try:
        mutation = msgspec.json.decode(raw, type=Mutation)
        fault = _fault(mutation)
    except _UNREADABLE:
        return submitted(_stub(raw), raw, "unreadable")
    if not _is_named(mutation.id, mutation.seq):
        raise Unreadable("mutation id")
    return submitted(_bare(mutation) if fault else mutation, raw, fault)


def _fault(mutation: Mutation) -> str:
    """Why a mutation could break the whole transaction it shares with others, "" when it cannot."""
    if (mutation.key and not _KEY.fullmatch(mutation.key)) or len(mutation.kind) > 20:
        return "bad-key"
    if not all(_UUID.fullmatch(each) for each in mutation.deps):
        return "bad-deps"
    # PostgreSQL has no NUL in text (https://www.postgresql.org/docs/15/datatype-character.html).
    return "nul" if b"\\u0000" in msgspec.json.encode(mutation) else ""


def _bare(mutation: Mutation) -> Mutation:
    """What of a faulty mutation may be looked at: its name. The payload is kept as it came."""
    return Mutation(mutation.id, mutation.seq, "opaque", "", 0, 0)


def _stub(raw: bytes) -> Mutation:
    try:
        stub = msgspec.json.decode(raw, type=_Stub)
    except _UNREADABLE as error:
        raise Unreadable("mutation") from error
    if not _is_named(stub.id, stub.seq):
        raise Unreadable("mutation id")
    return Mutation(stub.id, stub.seq, "opaque", "", 0, 0)


def _is_named(mutation_id: str, seq: int) -> bool:
    return _UUID.fullmatch(mutation_id) is not None and 0 < seq < 2**53
