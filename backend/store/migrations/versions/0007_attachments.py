"""Which photos wait to be attached to their visit's document in ERPNext."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "attachment",
        sa.Column("mutation", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=80), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mutation"),
    )
    op.create_index("ix_attachment_due", "attachment", ["state", "due_at"])
    op.create_index("ix_attachment_key", "attachment", ["key"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("attachment")
