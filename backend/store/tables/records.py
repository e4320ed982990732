"""What stands: records, their cells and every value these ever had."""

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, UniqueConstraint, text

from backend.store.tables.base import metadata

record = Table(
    "record",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("collection", String(20), nullable=False),
    Column("upstream_name", String(140)),
    Column("sequence", BigInteger, nullable=False),
    Column("deleted", BigInteger),
    UniqueConstraint("collection", "upstream_name"),
)

_PLACE = text("path = 'location'")
_CONTACT = text("path = 'contact'")

# `other` is the last sequence at which somebody else than `writer` wrote the cell.
cell = Table(
    "cell",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("path", String(200), primary_key=True),
    Column("value", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("writer", String(80), nullable=False),
    Column("author", String(140), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("other", BigInteger, nullable=False),
    # The visits of a place and of a customer: no other cell of theirs is looked for by its value.
    Index("ix_cell_place", "value", sqlite_where=_PLACE, postgresql_where=_PLACE),
    Index("ix_cell_contact", "value", sqlite_where=_CONTACT, postgresql_where=_CONTACT),
    sqlite_with_rowid=False,
)

# Every value a cell ever had: the loser of a merge and the base of a conflict are found here.
change = Table(
    "change",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("path", String(200), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("value", Text, nullable=False),
    Column("writer", String(80), nullable=False),
    Column("mutation", String(36), nullable=False),
    sqlite_with_rowid=False,
)
