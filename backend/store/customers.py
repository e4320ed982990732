"""Finds customers among what Terrain knows, without ERPNext: by name, number or street."""

from collections.abc import Collection
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Connection, FromClause, or_, select

from backend.store.spelling import alphabetical
from backend.store.tables import cell, record

_NAMED: Final = ("full_name", "phone")
_PLACED: Final = ("street", "town")
_FEWEST_DIGITS: Final = 4
_TYPES: Final = 40
_MOST: Final = 200  # records of one kind that a search follows

Cells = dict[str, dict[str, str]]


class Customer(msgspec.Struct, frozen=True):
    """A customer (`contact`, its record key) at one of his places ("": none is known)."""

    contact: str
    name: str
    phone: str
    location: str = ""
    street: str = ""
    town: str = ""


def find_customers(conn: Connection, text: str, most: int) -> tuple[Customer, ...]:
    """Customers with the places of their visits: whose name or street has each word of `text`, or
    whose number has its digits; by name, accents apart. Nobody for an empty text."""
    words, digits = alphabetical(text).split(), _digits(text)
    if not words:
        return ()
    people, places = _cells(conn, "contact", _NAMED), _cells(conn, "location", _PLACED)
    named = {key for key, each in people.items() if _is_asked(each, words, digits)}
    there = {key for key, each in places.items() if _has(" ".join(each.values()), words)}
    pairs = _pairs(conn, named, there)
    alone = {(key, "") for key in named - {contact for contact, _ in pairs}}
    found = (_customer(pair, people, places) for pair in pairs | alone if pair[0] in people)
    return tuple(sorted(found, key=lambda each: (alphabetical(each.name), each.street)))[:most]


def name_of(conn: Connection, contact: str) -> str:
    """A customer's name, "" for nobody."""
    query = select(cell.c.value).where(cell.c.key == contact, cell.c.path == "full_name")
    value = conn.scalar(query) if is_there(conn, contact, "contact") else None
    return str(msgspec.json.decode(value) or "") if value else ""


def is_there(conn: Connection, key: str, collection: str) -> bool:
    """Whether a key is a living record's of that collection."""
    named = record.c.key == key, record.c.collection == collection, record.c.deleted.is_(None)
    return conn.execute(select(record.c.key).where(*named)).first() is not None


def known_types(conn: Connection) -> tuple[str, ...]:
    """The types of the visits that are known, as ERPNext writes them."""
    query = select(cell.c.value).where(cell.c.path == "job_type", _of("job")).distinct()
    found = {msgspec.json.decode(value) for value in conn.scalars(query.limit(_TYPES))}
    return tuple(sorted(each for each in found if isinstance(each, str) and each))


def _cells(conn: Connection, collection: str, paths: tuple[str, ...]) -> Cells:
    query = (
        select(cell.c.key, cell.c.path, cell.c.value)
        .join(record, record.c.key == cell.c.key)
        .where(_of(collection), cell.c.path.in_(paths), record.c.deleted.is_(None))
    )
    found: Cells = {}
    for row in conn.execute(query):
        found.setdefault(row.key, {})[row.path] = str(msgspec.json.decode(row.value) or "")
    return found


def _of(collection: str, cells: FromClause = cell) -> ColumnElement[bool]:
    """A range of the primary key: what follows the slash in ASCII ends it."""
    return cells.c.key.between(f"{collection}/", f"{collection}0")


def _pairs(
    conn: Connection, named: Collection[str], there: Collection[str]
) -> set[tuple[str, str]]:
    """(customer, place) of every visit that names one of them, by the index of each."""
    contact, location = cell.alias("contact"), cell.alias("location")
    both = (
        select(contact.c.value.label("contact"), location.c.value.label("location"))
        .join(location, location.c.key == contact.c.key)
        .where(contact.c.path == "contact", location.c.path == "location", _of("job", contact))
        .distinct()
    )
    asked = or_(contact.c.value.in_(_texts(named)), location.c.value.in_(_texts(there)))
    rows = conn.execute(both.where(asked))
    decoded = ((msgspec.json.decode(a), msgspec.json.decode(b)) for a, b in rows)
    return {(a, b or "") for a, b in decoded if a}


def _texts(keys: Collection[str]) -> list[str]:
    return [msgspec.json.encode(key).decode() for key in sorted(keys)[:_MOST]]


def _customer(pair: tuple[str, str], people: Cells, places: Cells) -> Customer:
    contact, location = pair
    person, place = people[contact], places.get(location, {})
    known = location if place else ""
    name, phone = person.get("full_name", ""), person.get("phone", "")
    return Customer(contact, name, phone, known, place.get("street", ""), place.get("town", ""))


def _is_asked(person: dict[str, str], words: list[str], digits: str) -> bool:
    by_number = len(digits) >= _FEWEST_DIGITS and digits in _digits(person.get("phone", ""))
    return by_number or _has(person.get("full_name", ""), words)


def _has(text: str, words: list[str]) -> bool:
    known = alphabetical(text)
    return all(word in known for word in words)


def _digits(text: str) -> str:
    return "".join(each for each in text if each.isdigit())
