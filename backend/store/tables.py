"""Every table of the store, as SQLAlchemy Core; migrations are the truth, a test compares both.

Instants are UTC milliseconds. Values of cells are JSON text. `sequence` is the server's number of
a change, in commit order.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# An autoincrement that never reuses a number: SQLite's plain rowid does after a delete.
_AutoId = BigInteger().with_variant(Integer, "sqlite")

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
    # The visits of a place: no other cell of theirs is looked for by its value.
    Index("ix_cell_place", "value", sqlite_where=_PLACE, postgresql_where=_PLACE),
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
    Index("ix_mutation_refused", "received_at", sqlite_where=_REFUSED, postgresql_where=_REFUSED),
)

replica = Table(
    "replica",
    metadata,
    Column("device", String(36), primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False),
)

# History of who held what: `left_at` null means now. Both are sequences.
membership = Table(
    "membership",
    metadata,
    Column("id", _AutoId, primary_key=True, autoincrement=True),
    Column("technician", String(80), nullable=False),
    Column("key", String(80), nullable=False),
    Column("entered_at", BigInteger, nullable=False),
    Column("left_at", BigInteger),
    Index("ix_membership_technician", "technician", "key"),
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

# A serial belongs to the job that bound it first.
binding = Table(
    "binding",
    metadata,
    Column("serial", String(80), primary_key=True),
    Column("key", String(80), nullable=False),
    Column("mutation", String(36), nullable=False),
)

# What ERPNext must still get: one row an accepted mutation, removed by nobody, closed by a receipt.
# `drains_last`: it bills, and waits for all others after a long outage.
outbox = Table(
    "outbox",
    metadata,
    Column("id", _AutoId, primary_key=True, autoincrement=True),
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

link = Table(
    "link",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("technician", String(80), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("max_devices", Integer, nullable=False),
)

device = Table(
    "device",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("technician", String(80), nullable=False),
    Column("link", String(36), nullable=False),
    Column("session_hash", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("app", String(40), nullable=False, server_default=""),
    Column("user_agent", String(200), nullable=False, server_default=""),
    Column("pending_count", Integer, nullable=False, server_default="0"),
    Column("pending_oldest", BigInteger),
    Column("pending_photos", Integer, nullable=False, server_default="0"),
    Column("pending_bytes", BigInteger, nullable=False, server_default="0"),
    Index("ix_device_technician", "technician"),
)

# A photo or file, content-addressed and de-duplicated per device only. `original_sha256` is what
# the camera gave, `sha256` what was sent; `upload_metadata` is the header, to be echoed.
blob = Table(
    "blob",
    metadata,
    Column("upload", String(36), primary_key=True),
    Column("device", String(36), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("original_sha256", String(64)),
    Column("upload_metadata", Text, nullable=False, server_default=""),
    Column("media_type", String(40), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("complete_at", BigInteger),
    Column("read_at", BigInteger),
    UniqueConstraint("device", "sha256"),
    Index("ix_blob_sha256", "sha256"),
)

# Which stored mutation names which blob: it keeps the bytes, and says who may look at them.
blob_reference = Table(
    "blob_reference",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("mutation", String(36), primary_key=True),
    sqlite_with_rowid=False,
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
    Column("id", _AutoId, primary_key=True, autoincrement=True),
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
