"""Which claim a lane is under, so that a worker that was given up for dead records nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("lane", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("claim", sa.String(length=32), server_default="", nullable=False)
        )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("lane", schema=None) as batch_op:
        batch_op.drop_column("claim")
