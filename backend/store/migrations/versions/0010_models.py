"""The model of each piece of equipment: what the serials of its like look like."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from sync.identity import Tier, stated

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_PAGE = 1000
_MODEL = Tier.MODEL.value
_cell = sa.table("cell", sa.column("key"), sa.column("path"), sa.column("value"))
_identity = sa.table("identity", sa.column("tier"), sa.column("value"), sa.column("key"))


def upgrade() -> None:
    """Apply. The models of what was written since 0009 by newer code are there already."""
    downgrade()
    for rows in _pages(op.get_bind()):
        said = [(row.key, stated(row.key, "model", msgspec.json.decode(row.value))) for row in rows]
        known = [{"tier": _MODEL, "value": one.value, "key": key} for key, one in said if one]
        if known:
            op.get_bind().execute(sa.insert(_identity), known)


def downgrade() -> None:
    """Take back."""
    op.execute(sa.delete(_identity).where(_identity.c.tier == _MODEL))


def _pages(conn: sa.Connection) -> Iterator[Sequence[Any]]:
    query = sa.select(_cell).where(_cell.c.path == "model").order_by(_cell.c.key).limit(_PAGE)
    after = ""
    while rows := conn.execute(query.where(_cell.c.key > after)).all():
        yield rows
        after = rows[-1].key
