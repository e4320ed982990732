"""Who a technician is, joined to the rows that name one: full name, and whether still active."""

from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, FromClause, Row, Table, and_

from backend.store.tables import cell, record

_FALSE: Final = ("false", "0")  # JSON's and ERPNext's
_full_name = cell.alias("full_name")
_active = cell.alias("active")

TECHNICIAN: Final[tuple[ColumnElement[Any], ...]] = (
    record.c.key.label("present"),
    record.c.deleted,
    _full_name.c.value.label("full_name"),
    _active.c.value.label("active"),
)


class Technician(NamedTuple):
    """A technician by record key; not `active` when ERPNext switched off or dropped the record."""

    key: str
    name: str
    active: bool


def join_technician(table: Table) -> FromClause:
    """`table` with its technician's record and cells; select TECHNICIAN from it."""
    key = table.c.technician
    return (
        table.outerjoin(record, record.c.key == key)
        .outerjoin(_full_name, and_(_full_name.c.key == key, _full_name.c.path == "full_name"))
        .outerjoin(_active, and_(_active.c.key == key, _active.c.path == "active"))
    )


def technician_of(row: Row[Any]) -> Technician:
    """The technician in a row that was selected with TECHNICIAN and the table's `technician`."""
    name = msgspec.json.decode(row.full_name) if row.full_name else None
    known = row.present is not None and row.deleted is None
    return Technician(row.technician, name or "", known and row.active not in _FALSE)
