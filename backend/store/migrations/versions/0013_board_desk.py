"""Known outages, refusals that the office closed, messages sent, and the journal by the hour."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "outage",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("sector", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=200), server_default="", nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outage")),
    )
    op.create_table(
        "closed_refusal",
        sa.Column("mutation", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(length=140), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("replay", sa.String(length=36), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("mutation", name=op.f("pk_closed_refusal")),
    )
    op.create_table(
        "message",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(length=140), nullable=False),
        sa.Column("link", sa.String(length=36), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("masked", sa.String(length=140), nullable=False),
        sa.Column("error", sa.String(length=80), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_message_link", "message", ["link"])
    op.create_index("ix_mutation_made_at", "mutation", ["made_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_mutation_made_at", "mutation")
    op.drop_table("message")
    op.drop_table("closed_refusal")
    op.drop_table("outage")
