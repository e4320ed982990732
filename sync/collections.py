"""The table of synced collections: every field, who owns it, and how it merges.

A record is a flat map of cell paths to values. A simple field is one cell (`status`); an item of
a set or of an append-only list is one cell of its own (`notes/<mutation id>`), so that two
people adding items never touch the same cell.
"""

from enum import StrEnum
from typing import Final

import msgspec

from sync.values import Shape, has_shape


class Policy(StrEnum):
    """How a cell merges; the rules are in `docs/sync.md`."""

    STATE = "state"
    OWNED = "field-owned"
    SHARED = "shared"
    OFFICE = "office-owned"
    SET = "set"
    APPEND = "append-only"
    BINDING = "unique-binding"
    SERVER = "server"


class Collection(msgspec.Struct, frozen=True):
    """Fields of one kind of record; `refs` maps a reference field to the collection it names,
    `edits` a simple field that people may write to what it may hold. `begins` are the fields that
    the office gives a record that it makes, `needs` those that it must."""

    fields: dict[str, Policy]
    refs: dict[str, str] = {}
    edits: dict[str, Shape] = {}
    begins: dict[str, Shape] = {}
    needs: frozenset[str] = frozenset()


_OFFICE_JOB = (
    "name subject job_type billable evidence priority date window_start window_end duration_min "
    "technician assistants location contact subscription dispatch_notes required_photos "
    "parent step checklist"
)


def _office(names: str) -> dict[str, Policy]:
    return dict.fromkeys(names.split(), Policy.OFFICE)


def _texts(names: str) -> dict[str, Shape]:
    return dict.fromkeys(names.split(), Shape.TEXT)


COLLECTIONS: Final[dict[str, Collection]] = {
    "job": Collection(
        fields={
            **_office(_OFFICE_JOB),
            "activation": Policy.OFFICE,  # what ERPNext says of it; the phone asks by `request`
            "status": Policy.STATE,
            "reason": Policy.OWNED,
            "started_at": Policy.OWNED,
            "completed_at": Policy.OWNED,
            "checked": Policy.OWNED,
            "tags": Policy.SET,
            "notes": Policy.APPEND,
            "marks": Policy.APPEND,
            "scans": Policy.APPEND,
            "photos": Policy.APPEND,
            "signatures": Policy.APPEND,
            "attempts": Policy.APPEND,
            "notices": Policy.APPEND,
            "materials": Policy.SET,
            "verifications": Policy.APPEND,
            "requests": Policy.APPEND,
            "releases": Policy.APPEND,
            "equipment": Policy.BINDING,
            "held": Policy.SERVER,
            "return_visit": Policy.SERVER,
            "seen": Policy.SERVER,
        },
        refs={"location": "location", "contact": "contact", "subscription": "subscription"},
        edits={
            "status": Shape.STATUS,
            "reason": Shape.TEXT,
            "started_at": Shape.INSTANT,
            "completed_at": Shape.INSTANT,
            "priority": Shape.TEXT,
            "date": Shape.DAY,
            "window_start": Shape.CLOCK,
            "window_end": Shape.CLOCK,
            "duration_min": Shape.COUNT,
            "technician": Shape.KEY,
            "dispatch_notes": Shape.TEXT,
        },
        begins={
            **_texts("subject job_type dispatch_notes"),
            "date": Shape.DAY,
            "window_start": Shape.CLOCK,
            "window_end": Shape.CLOCK,
            "technician": Shape.KEY,
            "location": Shape.KEY,
            "contact": Shape.KEY,
        },
        needs=frozenset({"subject", "date", "technician", "location", "contact"}),
    ),
    "location": Collection(
        fields={
            **_office("name label street town postal_code latitude longitude olt pon_port"),
            "access_code": Policy.SHARED,
            "access_notes": Policy.SHARED,
        },
        edits={"access_code": Shape.TEXT, "access_notes": Shape.TEXT},
        begins=_texts("label street town postal_code"),
        needs=frozenset({"label", "street"}),
    ),
    "contact": Collection(
        fields={**_office("name full_name language"), "phone": Policy.SHARED},
        edits={"phone": Shape.TEXT},
        begins=_texts("full_name phone"),
        needs=frozenset({"full_name"}),
    ),
    "equipment": Collection(
        fields=_office(
            "name serial_number barcode equipment_type brand model mac status location subscription"
        ),
    ),
    "subscription": Collection(
        fields=_office("name plan status down_mbps up_mbps"),
    ),
    "technician": Collection(
        fields=_office("name full_name phone email active"),
    ),
}


# Cells whose change by the office its technician has to see.
MOVES: Final = ("technician", "date", "window_start", "window_end")


def record_key(collection: str, record_id: str) -> str:
    """The key of a record on the wire and in tables: `collection/id`."""
    return f"{collection}/{record_id}"


def collection_of(key: str) -> str:
    """The collection part of a record key."""
    return key.partition("/")[0]


def is_job(key: str) -> bool:
    """Whether a record key names a Dispatch Job."""
    return collection_of(key) == "job"


def policy_of(key: str, path: str) -> Policy | None:
    """The policy of one cell, or None when the collection or the field does not exist."""
    collection = COLLECTIONS.get(collection_of(key))
    return collection.fields.get(path.partition("/")[0]) if collection else None


def may_hold(key: str, path: str, value: object) -> bool:
    """Whether people may write `value` into a simple field of a record."""
    collection = COLLECTIONS.get(collection_of(key))
    shape = collection.edits.get(path) if collection else None
    return shape is not None and has_shape(shape, value)


def may_begin(key: str, cells: dict[str, object]) -> bool:
    """Whether the office may make a record of such cells; none is empty."""
    collection = COLLECTIONS.get(collection_of(key), Collection({}))
    known = cells.keys() <= collection.begins.keys() and collection.needs <= cells.keys()
    return known and all(
        value not in (None, "") and has_shape(collection.begins[path], value)
        for path, value in cells.items()
    )


def shape_of(key: str, path: str) -> str:
    """The shape of what people may write into a field, "" when they may write nothing."""
    collection = COLLECTIONS.get(collection_of(key))
    shape = collection.edits.get(path) if collection else None
    return shape.value if shape else ""


def is_editable(key: str, path: str) -> bool:
    """Whether people may write a field of a record at all."""
    collection = COLLECTIONS.get(collection_of(key))
    return collection is not None and path in collection.edits
