"""Who may speak: links and the devices they enrolled; people of an office without ForwardAuth."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from backend.store.tables.base import metadata

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

# A code that somebody types; `misses` are the wrong ones typed by anybody while it stood, `device`
# who used it.
enrolment_code = Table(
    "enrolment_code",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("link", String(36), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("misses", Integer, nullable=False),
    Column("device", String(36)),
)

# Where a phone wants to be told of visits; `told` is the sequence up to which it was.
push_subscription = Table(
    "push_subscription",
    metadata,
    Column("device", String(36), primary_key=True),
    Column("endpoint", String(1000), nullable=False),
    Column("p256dh", String(100), nullable=False),
    Column("auth", String(40), nullable=False),
    Column("lang", String(2), nullable=False),
    Column("told", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
)

staff_account = Table(
    "staff_account",
    metadata,
    Column("email", String(140), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("session_hash", String(64), primary_key=True),
    Column("email", String(140), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_staff_session_email", "email"),
)
