"""INSERT ... ON CONFLICT for the two databases, in one place."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(conn: Connection, table: Table, rows: Sequence[dict[str, Any]], keep: str = "") -> None:
    """Insert `rows`, or update the rows that have the same primary key.

    `keep` names columns, separated by spaces, that an existing row keeps.
    """
    if not rows:
        return
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    keys = [column.name for column in table.primary_key]
    kept = {*keys, *keep.split()}
    values = {name: statement.excluded[name] for name in rows[0] if name not in kept}
    if values:
        conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=values), rows)
    else:
        conn.execute(statement.on_conflict_do_nothing(index_elements=keys), rows)
