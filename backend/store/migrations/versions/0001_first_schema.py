"""First schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""

    op.create_table(
        "binding",
        sa.Column("serial", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("mutation", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_binding")),
    )
    op.create_table(
        "blob",
        sa.Column("upload", sa.String(length=36), nullable=False),
        sa.Column("device", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("complete_at", sa.BigInteger(), nullable=True),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("upload", name=op.f("pk_blob")),
        sa.UniqueConstraint("device", "sha256", name=op.f("uq_blob_device_sha256")),
    )
    with op.batch_alter_table("blob", schema=None) as batch_op:
        batch_op.create_index("ix_blob_sha256", ["sha256"], unique=False)

    op.create_table(
        "cell",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("writer", sa.String(length=80), nullable=False),
        sa.Column("author", sa.String(length=140), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("other", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "path", name=op.f("pk_cell")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "change",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("writer", sa.String(length=80), nullable=False),
        sa.Column("mutation", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("key", "path", "sequence", name=op.f("pk_change")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "conflict",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("soft", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
    )
    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.create_index("ix_conflict_key", ["key", "path"], unique=False)

    op.create_table(
        "counter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter")),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("technician", sa.String(length=80), nullable=False),
        sa.Column("link", sa.String(length=36), nullable=False),
        sa.Column("session_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("app", sa.String(length=40), server_default="", nullable=False),
        sa.Column("user_agent", sa.String(length=200), server_default="", nullable=False),
        sa.Column("pending_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pending_oldest", sa.BigInteger(), nullable=True),
        sa.Column("pending_photos", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pending_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("session_hash", name=op.f("uq_device_session_hash")),
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index("ix_device_technician", ["technician"], unique=False)

    op.create_table(
        "feed",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("mutation", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_feed")),
    )
    op.create_table(
        "lane",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("oldest_at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(length=80), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_lane")),
    )
    with op.batch_alter_table("lane", schema=None) as batch_op:
        batch_op.create_index("ix_lane_due", ["state", "due_at"], unique=False)

    op.create_table(
        "link",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("technician", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("max_devices", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_token_hash")),
    )
    op.create_table(
        "membership",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("technician", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index("ix_membership_technician", ["technician", "key"], unique=False)

    op.create_table(
        "mutation",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("device", sa.String(length=36), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor", sa.String(length=140), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mutation")),
        sa.UniqueConstraint("device", "epoch", "seq", name=op.f("uq_mutation_device_epoch_seq")),
    )
    with op.batch_alter_table("mutation", schema=None) as batch_op:
        batch_op.create_index("ix_mutation_key", ["key"], unique=False)
        batch_op.create_index("ix_mutation_kind", ["kind", "received_at"], unique=False)
        batch_op.create_index(
            "ix_mutation_refused",
            ["received_at"],
            sqlite_where=sa.text("outcome IN ('rejected', 'parked')"),
            postgresql_where=sa.text("outcome IN ('rejected', 'parked')"),
        )

    op.create_table(
        "outbox",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("lane", sa.String(length=80), nullable=False),
        sa.Column("mutation", sa.String(length=36), nullable=False),
        sa.Column("paths", sa.Text(), nullable=False),
        sa.Column("fate", sa.String(length=12), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("mutation", name=op.f("uq_outbox_mutation")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_lane", ["lane", "fate"], unique=False)

    op.create_table(
        "receipt",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mutation", sa.String(length=36), nullable=False),
        sa.Column("technician", sa.String(length=80), nullable=False),
        sa.Column("fate", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", "mutation", name=op.f("pk_receipt")),
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index("ix_receipt_technician", ["technician", "sequence"], unique=False)

    op.create_table(
        "record",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("collection", sa.String(length=20), nullable=False),
        sa.Column("upstream_name", sa.String(length=140), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_record")),
        sa.UniqueConstraint(
            "collection", "upstream_name", name=op.f("uq_record_collection_upstream_name")
        ),
    )
    op.create_table(
        "replica",
        sa.Column("device", sa.String(length=36), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device", "epoch", name=op.f("pk_replica")),
    )
    op.create_table(
        "scope_reason",
        sa.Column("job", sa.String(length=80), nullable=False),
        sa.Column("technician", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("job", "technician", "key", name=op.f("pk_scope_reason")),
    )
    with op.batch_alter_table("scope_reason", schema=None) as batch_op:
        batch_op.create_index("ix_scope_reason_technician", ["technician", "key"], unique=False)

    op.create_table(
        "shadow",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("doctype", sa.String(length=140), nullable=False),
        sa.Column("name", sa.String(length=140), nullable=False),
        sa.Column("modified", sa.String(length=40), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_shadow")),
        sa.UniqueConstraint("doctype", "name", name=op.f("uq_shadow_doctype_name")),
    )
    op.create_table(
        "upstream_cursor",
        sa.Column("doctype", sa.String(length=140), nullable=False),
        sa.Column("modified", sa.String(length=40), nullable=False),
        sa.Column("polled_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("doctype", name=op.f("pk_upstream_cursor")),
    )
    op.create_table(
        "upstream_state",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("down_since", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(length=80), server_default="", nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_upstream_state")),
    )


def downgrade() -> None:
    """Take back."""

    op.drop_table("upstream_state")
    op.drop_table("upstream_cursor")
    op.drop_table("shadow")
    with op.batch_alter_table("scope_reason", schema=None) as batch_op:
        batch_op.drop_index("ix_scope_reason_technician")

    op.drop_table("scope_reason")
    op.drop_table("replica")
    op.drop_table("record")
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_index("ix_receipt_technician")

    op.drop_table("receipt")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_lane")

    op.drop_table("outbox")
    with op.batch_alter_table("mutation", schema=None) as batch_op:
        batch_op.drop_index("ix_mutation_refused")
        batch_op.drop_index("ix_mutation_kind")
        batch_op.drop_index("ix_mutation_key")

    op.drop_table("mutation")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index("ix_membership_technician")

    op.drop_table("membership")
    op.drop_table("link")
    with op.batch_alter_table("lane", schema=None) as batch_op:
        batch_op.drop_index("ix_lane_due")

    op.drop_table("lane")
    op.drop_table("feed")
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_index("ix_device_technician")

    op.drop_table("device")
    op.drop_table("counter")
    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.drop_index("ix_conflict_key")

    op.drop_table("conflict")
    op.drop_table("change")
    op.drop_table("cell")
    with op.batch_alter_table("blob", schema=None) as batch_op:
        batch_op.drop_index("ix_blob_sha256")

    op.drop_table("blob")
    op.drop_table("binding")
