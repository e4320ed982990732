"""People of an office without ForwardAuth, and their sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "staff_account",
        sa.Column("email", sa.String(length=140), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("email", name=op.f("pk_staff_account")),
    )
    op.create_table(
        "staff_session",
        sa.Column("session_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=140), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session_hash", name=op.f("pk_staff_session")),
    )
    op.create_index("ix_staff_session_email", "staff_session", ["email"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("staff_session")
    op.drop_table("staff_account")
