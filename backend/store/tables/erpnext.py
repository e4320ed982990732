"""What ERPNext must hear, what was seen of it, and what it said."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from backend.store.tables.base import auto_id, metadata

# What ERPNext must still get: one row an accepted mutation, removed by nobody, closed by a receipt.
# `drains_last`: it bills, and waits for all others after a long outage.
outbox = Table(
    "outbox",
    metadata,
    Column("id", auto_id, primary_key=True, autoincrement=True),
    Column("lane", String(80), nullable=False),
    Column("mutation", String(36), nullable=False, unique=True),
    Column("paths", Text, nullable=False),
    Column("fate", String(12)),
    Column("detail", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("drains_last", Integer, nullable=False, server_default="0"),
    Index("ix_outbox_lane", "lane", "fate"),
    sqlite_autoincrement=True,
)

# One row a document: picking work costs the same at 10 and at 100,000 pending. `claim` is the last
# one's own name: who has another may not record any more.
lane = Table(
    "lane",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("state", String(10), nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("oldest_at", BigInteger, nullable=False),
    Column("error", String(80), nullable=False, server_default=""),
    Column("claim", String(32), nullable=False, server_default=""),
    Index("ix_lane_due", "state", "due_at"),
)

# A photo or signature whose bytes are here and that ERPNext has not got as a file yet; the row goes
# once it has. It waits apart from the lane: no other work of the visit waits for bytes.
attachment = Table(
    "attachment",
    metadata,
    Column("mutation", String(36), primary_key=True),
    Column("key", String(80), nullable=False),
    Column("state", String(10), nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("error", String(80), nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_attachment_due", "state", "due_at"),
    Index("ix_attachment_key", "key"),
)

shadow = Table(
    "shadow",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("doctype", String(140), nullable=False),
    Column("name", String(140), nullable=False),
    Column("modified", String(40), nullable=False),
    Column("document", Text, nullable=False),
    Column("read_at", BigInteger, nullable=False),
    UniqueConstraint("doctype", "name"),
)

# How far each doctype was polled; `modified` is ERPNext's own text, opaque to us.
upstream_cursor = Table(
    "upstream_cursor",
    metadata,
    Column("doctype", String(140), primary_key=True),
    Column("modified", String(40), nullable=False),
    Column("polled_at", BigInteger, nullable=False),
)

# When an upstream went away and why: what the board and the phones say about ERPNext.
upstream_state = Table(
    "upstream_state",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("down_since", BigInteger),
    Column("error", String(80), nullable=False, server_default=""),
    Column("checked_at", BigInteger, nullable=False),
)

# What the last check of an upstream found, as JSON.
upstream_check = Table(
    "upstream_check",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("checked_at", BigInteger, nullable=False),
    Column("lines", Text, nullable=False),
)

receipt = Table(
    "receipt",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("mutation", String(36), primary_key=True),
    Column("technician", String(80), nullable=False),
    Column("fate", String(12), nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_receipt_technician", "technician", "sequence"),
)
