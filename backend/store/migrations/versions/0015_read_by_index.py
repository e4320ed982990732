"""Who holds a record, and which mutations name a photo, without reading the whole table."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_membership_key", "membership", ["key"])
    op.create_index("ix_blob_reference_mutation", "blob_reference", ["mutation"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_blob_reference_mutation", "blob_reference")
    op.drop_index("ix_membership_key", "membership")
