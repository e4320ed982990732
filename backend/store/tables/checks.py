"""What came of the checks of customers' lines."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from backend.store.tables.base import auto_id, metadata

# What a verdict follows from, as JSON; only ever added to.
evidence = Table(
    "evidence",
    metadata,
    Column("id", auto_id, primary_key=True, autoincrement=True),
    Column("key", String(80), nullable=False),
    Column("verification", String(36), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_evidence_key", "key"),
    sqlite_autoincrement=True,
)
