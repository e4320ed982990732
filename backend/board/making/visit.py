"""Decides the records of a visit that the office makes: the visit, and where it is asked for its
place and its customer.
"""

import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Final

import msgspec

from backend.board.links.sending import number_of
from backend.errors import Unreadable
from sync.collections import record_key
from sync.protocol import Instant, Kind, Mutation
from sync.scope import OUTAGE_DAYS_AHEAD

SHORT: Final = 140  # what a Data field of ERPNext takes
NOTES: Final = 1000
_UUID: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class NewVisit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page asks for: `id` is a UUIDv7 of its own, so that a repeated request is the same
    visit; `made_at` UTC ms; `day` a local date, `start` and `end` local hours or "".

    `contact` and `location` are keys of records that are known; without them `name`, and `street`
    with `town`, say whose and where.
    """

    id: Annotated[str, msgspec.Meta(pattern=_UUID)]
    made_at: Instant
    technician: str
    day: str
    start: str = ""
    end: str = ""
    type: str = ""
    contact: str = ""
    location: str = ""
    name: str = ""
    phone: str = ""
    street: str = ""
    town: str = ""
    postal_code: str = ""
    notes: str = ""


class Known(msgspec.Struct, frozen=True):
    """What the store has of the records that a NewVisit names: the active technicians, and the
    customer's name, "" for one that is unknown or was not named."""

    technicians: frozenset[str]
    customer: str = ""
    has_place: bool = False


def records_of(asked: NewVisit, known: Known, today: date) -> tuple[Mutation, ...]:
    """The creations, the visit last: what it refers to comes first.

    Raises Unreadable; its reason is a word of the board's form.
    """
    for fault in _faults(asked, known, today):
        raise Unreadable(fault)
    contact = asked.contact or record_key("contact", _own_id(asked, "contact"))
    location = asked.location or record_key("location", _own_id(asked, "location"))
    made = []
    if not asked.contact:
        made.append(_creation(asked, contact, _customer(asked)))
    if not asked.location:
        made.append(_creation(asked, location, _place(asked)))
    visit = _visit(asked, asked.name.strip() or known.customer, contact, location)
    return (*made, _creation(asked, record_key("job", asked.id), visit))


def _faults(asked: NewVisit, known: Known, today: date) -> Iterator[str]:
    if (asked.contact and not known.customer) or not (asked.contact or asked.name.strip()):
        yield "customer"
    if (asked.location and not known.has_place) or not (asked.location or asked.street.strip()):
        yield "address"
    if asked.phone.strip() and not number_of(asked.phone):
        yield "number"
    if asked.technician not in known.technicians:
        yield "technician"
    if not _is_near(asked.day, today):
        yield "day"
    if not _is_window(asked.start, asked.end):
        yield "window"
    short = asked.name, asked.street, asked.town, asked.postal_code, asked.type
    if any(len(text) > SHORT for text in short) or len(asked.notes) > NOTES:
        yield "too-long"


def _is_near(day: str, today: date) -> bool:
    """A visit further away than phones look ahead would reach nobody."""
    try:
        asked = date.fromisoformat(day)
    except ValueError:
        return False
    return today <= asked <= today + timedelta(days=OUTAGE_DAYS_AHEAD) and day == asked.isoformat()


def _is_window(start: str, end: str) -> bool:
    written = all(_CLOCK.fullmatch(each) for each in (start, end) if each)
    return written and (not start or not end or start < end)


def _customer(asked: NewVisit) -> dict[str, str]:
    return {"full_name": asked.name, "phone": number_of(asked.phone)}


def _place(asked: NewVisit) -> dict[str, str]:
    town, code = asked.town, asked.postal_code
    return {"label": asked.street, "street": asked.street, "town": town, "postal_code": code}


def _visit(asked: NewVisit, customer: str, contact: str, location: str) -> dict[str, str]:
    subject = f"{asked.type or 'Visite'} – {customer}"[:SHORT]
    hours = {"window_start": asked.start, "window_end": asked.end}
    people = {"technician": asked.technician, "contact": contact, "location": location}
    said = {"job_type": asked.type, "dispatch_notes": asked.notes}
    return {"subject": subject, "date": asked.day, **hours, **people, **said}


def _creation(asked: NewVisit, key: str, cells: Mapping[str, Any]) -> Mutation:
    """Named by what was asked: the same request is the same creation. It has no base."""
    kind = key.partition("/")[0]
    named = asked.id if kind == "job" else _own_id(asked, kind)
    given = {path: value.strip() for path, value in cells.items() if value.strip()}
    return Mutation(named, 0, Kind.CREATE, key, 0, asked.made_at, given)


def _own_id(asked: NewVisit, collection: str) -> str:
    return str(uuid.uuid5(uuid.UUID(asked.id), collection))
