"""The visits of a customer, found by whom they name."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_CONTACT = sa.text("path = 'contact'")


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_cell_contact", "cell", ["value"], sqlite_where=_CONTACT, postgresql_where=_CONTACT
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_cell_contact", "cell")
