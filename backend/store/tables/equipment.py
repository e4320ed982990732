"""What equipment is known by, whose it is, and who asked."""

from sqlalchemy import BigInteger, Column, Index, String, Table

from backend.store.tables.base import auto_id, metadata

# A serial belongs to the job that bound it first.
binding = Table(
    "binding",
    metadata,
    Column("serial", String(80), primary_key=True),
    Column("key", String(80), nullable=False),
    Column("mutation", String(36), nullable=False),
)

# What a piece of equipment is known by (serial, barcode, MAC, model, in the normal form of
# `sync.identity`), by its record and by the visits that had it in a line.
identity = Table(
    "identity",
    metadata,
    Column("tier", String(8), primary_key=True),
    Column("value", String(80), primary_key=True),
    Column("key", String(80), primary_key=True),
    Index("ix_identity_key", "key"),
    sqlite_with_rowid=False,
)

# Who looked for which piece of equipment, when, and what he was told; the office has no `device`.
lookup = Table(
    "lookup",
    metadata,
    Column("id", auto_id, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("actor_kind", String(12), nullable=False),
    Column("actor", String(140), nullable=False),
    Column("device", String(36), nullable=False),
    Column("asked", String(80), nullable=False),
    Column("state", String(12), nullable=False),
    Index("ix_lookup_at", "at"),
    Index("ix_lookup_device", "device", "at"),
    sqlite_autoincrement=True,
)
