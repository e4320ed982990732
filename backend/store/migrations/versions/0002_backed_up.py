"""Up to which sequence a backup exists."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("counter", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("backed_up", sa.BigInteger(), server_default="0", nullable=False)
        )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("counter", schema=None) as batch_op:
        batch_op.drop_column("backed_up")
