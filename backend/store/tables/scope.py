"""Who holds which record, and what people must choose between."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from backend.store.tables.base import auto_id, metadata

# History of who held what: `left_at` null means now. Both are sequences.
membership = Table(
    "membership",
    metadata,
    Column("id", auto_id, primary_key=True, autoincrement=True),
    Column("technician", String(80), nullable=False),
    Column("key", String(80), nullable=False),
    Column("entered_at", BigInteger, nullable=False),
    Column("left_at", BigInteger),
    Index("ix_membership_technician", "technician", "key"),
    Index("ix_membership_key", "key"),
    sqlite_autoincrement=True,
)

# Why a technician holds a record: through which job (reference count of the scope).
scope_reason = Table(
    "scope_reason",
    metadata,
    Column("job", String(80), primary_key=True),
    Column("technician", String(80), primary_key=True),
    Column("key", String(80), primary_key=True),
    Index("ix_scope_reason_technician", "technician", "key"),
)

conflict = Table(
    "conflict",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(80), nullable=False),
    Column("path", String(200), nullable=False),
    Column("soft", Integer, nullable=False),
    Column("closed_at", BigInteger),
    Column("body", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Index("ix_conflict_key", "key", "path"),
)
