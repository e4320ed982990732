"""Reads one mutation as it came from outside: never drops it, however odd it is."""

import re
from typing import Final

import msgspec

from backend.errors import Unreadable
from backend.store.apply import submitted
from sync.protocol import Mutation
from sync.push import Submitted
from sync.values import Shape, has_shape

# Beside bad syntax and bad text: more brackets than the decoder can follow.
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class _Stub(msgspec.Struct):
    """The least a mutation needs to be answered by name."""

    id: str
    seq: int


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID as we write them."""
    return _UUID.fullmatch(text) is not None


def read_mutation(raw: bytes) -> Submitted:
    """The mutation in a JSON text; one that cannot be read parks under its own id.

    Raises Unreadable when not even an id and a seq can be made out: nothing could be answered.
    """
    try:
        mutation = msgspec.json.decode(raw, type=Mutation)
        fault = _fault(mutation)
    except UNREADABLE:
        return submitted(_stub(raw), raw, "unreadable")
    if not _is_named(mutation.id, mutation.seq):
        raise Unreadable("mutation id")
    return submitted(_bare(mutation) if fault else mutation, raw, fault)


def _fault(mutation: Mutation) -> str:
    """Why a mutation could break the whole transaction it shares with others, "" when it cannot."""
    if (mutation.key and not has_shape(Shape.KEY, mutation.key)) or len(mutation.kind) > 20:
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
    except UNREADABLE as error:
        raise Unreadable("mutation") from error
    if not _is_named(stub.id, stub.seq):
        raise Unreadable("mutation id")
    return Mutation(stub.id, stub.seq, "opaque", "", 0, 0)


def _is_named(mutation_id: str, seq: int) -> bool:
    return is_uuid(mutation_id) and 0 <= seq < 2**53
