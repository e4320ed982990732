"""What the office itself keeps: known outages, refusals it closed, messages it sent."""

from sqlalchemy import BigInteger, Column, Index, String, Table

from backend.store.tables.base import auto_id, metadata

# A monitor's alarm about a sector; `id` is the monitor's name for it. One that ended stays.
outage = Table(
    "outage",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("sector", String(80), nullable=False),
    Column("text", String(200), nullable=False, server_default=""),
    Column("since", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
)

# A refused or parked mutation that needs nobody any more: why, or which mutation came instead.
closed_refusal = Table(
    "closed_refusal",
    metadata,
    Column("mutation", String(36), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("author", String(140), nullable=False),
    Column("reason", String(400), nullable=False),
    Column("replay", String(36), nullable=False, server_default=""),
)

# A link that was sent: to whom only in part, its token never.
message = Table(
    "message",
    metadata,
    Column("id", auto_id, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("author", String(140), nullable=False),
    Column("link", String(36), nullable=False),
    Column("way", String(8), nullable=False),
    Column("masked", String(140), nullable=False),
    Column("error", String(80), nullable=False, server_default=""),
    Index("ix_message_link", "link"),
    sqlite_autoincrement=True,
)
