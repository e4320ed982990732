"""What the operator was told."""

from sqlalchemy import BigInteger, Column, String, Table

from backend.store.tables.base import metadata

# One row a condition: `told` is the last word that was sent of it, "" before the first.
alert = Table(
    "alert",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("subject", String(140), primary_key=True),
    Column("detail", String(200), nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("cleared_at", BigInteger),
    Column("told", String(10), nullable=False),
)
