"""Looks a label up: one write transaction, for what is told is noted with who asked for it."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Final

import msgspec

from backend.equipment.answers import Answer, places_of, state_of, told, visits_of
from backend.errors import AppError, Unreadable
from backend.store.connection import Connection
from backend.store.equipment import (
    Cells,
    Found,
    cells_of,
    find,
    held_among,
    visits_at,
    visits_held_at,
)
from backend.store.lookups import Asker, asks_too_often, note_lookup
from sync.collections import COLLECTIONS
from sync.identity import Identity, wanted

Asked = tuple[Identity, ...]

_REFS: Final = (*COLLECTIONS["job"].refs, "technician")


class NoIdentity(AppError):
    """The text names no piece of equipment: empty, a product's code, a Wi-Fi code, or too long."""

    code: ClassVar[str] = "no-identity"
    status: ClassVar[int] = 422


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text off a label, and the W3C name of its symbology ("" for what was typed)."""

    text: Annotated[str, msgspec.Meta(max_length=512)]
    symbology: Annotated[str, msgspec.Meta(max_length=20)] = ""


def read_question(body: bytes, sticker_host: str) -> Asked:
    """What to look for; `sticker_host` is that of the ISP's own stickers, "" when it has none.

    Raises Unreadable or NoIdentity.
    """
    try:
        question = msgspec.json.decode(body, type=Question)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("json") from error
    # PostgreSQL has no NUL in text (https://www.postgresql.org/docs/15/datatype-character.html).
    has_nul = "\0" in question.text
    asked = () if has_nul else wanted(question.text, question.symbology, sticker_host)
    if not asked:
        raise NoIdentity
    return asked


def answer_phone(conn: Connection, asked: Asked, asker: Asker, now_ms: int) -> Answer | None:
    """What a technician may know: of what he holds now. None when his device asks too often."""
    if asks_too_often(conn, asker.device, now_ms):
        return None
    found = find(conn, asked)
    held = held_among(conn, asker.actor, places_of(found)) if found else frozenset[str]()
    state = state_of(found, may_know=bool(held))
    visits = _his_visits(conn, asker.actor, held)
    rows = _with_refs(conn, {*visits, *held})
    note_lookup(conn, asker, asked[0].value, state.value, now_ms)
    return told(state, found, rows, visits)


def answer_staff(conn: Connection, asked: Asked, asker: Asker, now_ms: int) -> Answer:
    """All that is known, with the visits that had it and those of its place, open and past."""
    found = find(conn, asked)
    state = state_of(found, may_know=True)
    visits = _all_visits(conn, found) if found else frozenset[str]()
    rows = _with_refs(conn, {*visits, *(places_of(found) if found else ())})
    note_lookup(conn, asker, asked[0].value, state.value, now_ms)
    answer = told(state, found, rows, visits)
    return msgspec.structs.replace(answer, visits=visits_of(rows, visits))


def _his_visits(conn: Connection, technician: str, held: frozenset[str]) -> frozenset[str]:
    """His own visits among what he holds, and those of the places there."""
    at = (visits_held_at(conn, technician, key) for key in held)
    return frozenset[str]().union(*at)


def _all_visits(conn: Connection, found: Found) -> frozenset[str]:
    place = found.cells.get("location")
    return frozenset(found.reported) | (visits_at(conn, place) if place else frozenset())


def _with_refs(conn: Connection, keys: Iterable[str]) -> Cells:
    """The cells of records, and of what the visits among them refer to."""
    rows = cells_of(conn, keys)
    named = {job.get(field) for job in rows.values() for field in _REFS}
    return rows | cells_of(conn, {key for key in named if isinstance(key, str)} - set(rows))
