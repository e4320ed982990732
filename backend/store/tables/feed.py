"""What happened: every mutation and change, in the order of commit."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from backend.store.tables.base import metadata

# One row. Each write transaction takes it first, so that sequences are in commit order.
# `backed_up` is the sequence up to which a backup exists.
counter = Table(
    "counter",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("epoch", String(36), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("backed_up", BigInteger, nullable=False, server_default="0"),
)

# One row a sequence; the chained hash shows a phone that the server's disk was rolled back.
feed = Table(
    "feed",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("mutation", String(36), nullable=False),
    Column("at", BigInteger, nullable=False),
)

_REFUSED = text("outcome IN ('rejected', 'parked')")

# Immutable, kept for ever: the idempotency key, what was sent, and the answer given.
mutation = Table(
    "mutation",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("device", String(36), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("seq", BigInteger),
    Column("actor_kind", String(12), nullable=False),
    Column("actor", String(140), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("key", String(80), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("payload_hash", String(64), nullable=False),
    Column("outcome", String(12), nullable=False),
    Column("detail", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    UniqueConstraint("device", "epoch", "seq"),
    Index("ix_mutation_key", "key"),
    Index("ix_mutation_kind", "kind", "received_at"),
    Index("ix_mutation_made_at", "made_at"),
    Index("ix_mutation_refused", "received_at", sqlite_where=_REFUSED, postgresql_where=_REFUSED),
)

replica = Table(
    "replica",
    metadata,
    Column("device", String(36), primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False),
)
