"""Which mutation names which blob; the original's hash and the metadata of an upload."""

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_PAGE = 1000
_SHA256 = re.compile(rb"(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])")
_mutation = sa.table("mutation", sa.column("id"), sa.column("payload"))


def upgrade() -> None:
    """Apply."""

    with op.batch_alter_table("blob", schema=None) as batch_op:
        batch_op.add_column(sa.Column("original_sha256", sa.String(length=64), nullable=True))
        batch_op.add_column(
            sa.Column("upload_metadata", sa.Text(), server_default="", nullable=False)
        )
    reference = op.create_table(
        "blob_reference",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("mutation", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "mutation", name=op.f("pk_blob_reference")),
        sqlite_with_rowid=False,
    )
    conn, after = op.get_bind(), ""
    while rows := _page(conn, after):
        found = [{"sha256": sha256, "mutation": row.id} for row in rows for sha256 in _named(row)]
        if found:
            conn.execute(sa.insert(reference), found)
        after = rows[-1].id


def downgrade() -> None:
    """Take back."""

    op.drop_table("blob_reference")
    with op.batch_alter_table("blob", schema=None) as batch_op:
        batch_op.drop_column("upload_metadata")
        batch_op.drop_column("original_sha256")


def _page(conn: sa.Connection, after: str) -> Sequence[Any]:
    query = sa.select(_mutation).where(_mutation.c.id > after).order_by(_mutation.c.id)
    return conn.execute(query.limit(_PAGE)).all()


def _named(row: Any) -> list[str]:
    return sorted({each.decode().lower() for each in _SHA256.findall(row.payload)})
