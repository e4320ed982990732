"""Who a technician is: found by a name, or joined to the rows that name one."""

from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, FromClause, Row, Table, and_, or_, select

from backend.store.tables import cell, record

# The cell holds what ERPNext said: JSON's false, or a check's 0.
_INACTIVE: Final = (False, 0)
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


def technician_key(conn: Connection, name: str) -> str | None:
    """The record key of the technician with that ERPNext name, e-mail or full name.

    None when nobody has it, or several.
    """
    text = msgspec.json.encode(name).decode()
    named = select(cell.c.key).where(cell.c.path.in_(("email", "full_name")), cell.c.value == text)
    query = select(record.c.key).where(
        record.c.collection == "technician",
        or_(record.c.upstream_name == name, record.c.key.in_(named)),
    )
    keys = conn.execute(query).scalars().all()
    return keys[0] if len(keys) == 1 else None


def is_active(cell_value: Any) -> bool:
    """Whether a technician whose cell `active` holds this value may work; absent means yes."""
    return cell_value not in _INACTIVE


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
    active = msgspec.json.decode(row.active) if row.active else None
    known = row.present is not None and row.deleted is None
    return Technician(row.technician, name or "", known and is_active(active))
