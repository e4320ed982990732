"""What equipment is known by, who asked for it, and the visits of a place."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from sync.identity import stated

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_PAGE = 1000
_cell = sa.table("cell", sa.column("key"), sa.column("path"), sa.column("value"))
_PLACE = sa.text("path = 'location'")


def upgrade() -> None:
    """Apply."""
    identity = op.create_table(
        "identity",
        sa.Column("tier", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("tier", "value", "key", name=op.f("pk_identity")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_identity_key", "identity", ["key"])
    _create_lookup()
    op.create_index(
        "ix_cell_place", "cell", ["value"], sqlite_where=_PLACE, postgresql_where=_PLACE
    )
    _read_equipment_again()
    _fill(op.get_bind(), identity)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_cell_place", "cell")
    op.drop_table("lookup")
    op.drop_table("identity")


def _create_lookup() -> None:
    op.create_table(
        "lookup",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor", sa.String(length=140), nullable=False),
        sa.Column("device", sa.String(length=36), nullable=False),
        sa.Column("asked", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lookup")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_lookup_at", "lookup", ["at"])
    op.create_index("ix_lookup_device", "lookup", ["device", "at"])


def _read_equipment_again() -> None:
    """Their brand and subscription were not asked for before: the next poll reads them all."""
    op.execute(
        "DELETE FROM upstream_cursor WHERE doctype IN "
        "(SELECT doctype FROM shadow WHERE key LIKE 'equipment/%')"
    )
    op.execute("UPDATE shadow SET modified = '' WHERE key LIKE 'equipment/%'")


def _fill(conn: sa.Connection, identity: sa.Table) -> None:
    after, last = ("", ""), set[tuple[str, str, str]]()
    while rows := _page(conn, after):
        found = {each for row in rows if (each := _stated(row)) is not None}
        known = [{"tier": t, "value": v, "key": k} for t, v, k in sorted(found - last)]
        if known:
            conn.execute(sa.insert(identity), known)
        after = (rows[-1].key, rows[-1].path)
        last = {each for each in found | last if each[2] == rows[-1].key}


def _page(conn: sa.Connection, after: tuple[str, str]) -> Sequence[Any]:
    place = sa.tuple_(_cell.c.key, _cell.c.path)
    stating = sa.or_(
        _cell.c.path.in_(("serial_number", "barcode", "mac")), _cell.c.path.like("equipment/%")
    )
    query = sa.select(_cell).where(place > sa.tuple_(*after), stating)
    return conn.execute(query.order_by(_cell.c.key, _cell.c.path).limit(_PAGE)).all()


def _stated(row: Any) -> tuple[str, str, str] | None:
    found = stated(row.key, row.path, msgspec.json.decode(row.value))
    return (found.tier.value, found.value, row.key) if found else None
