"""INSERT ... ON CONFLICT for the two databases, in one place."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(conn: Connection, table: Table, rows: Sequence[dict[str, Any]], keep: str = "") -> None:
    """Insert `rows`, or update the rows that have the same primary key.

    `keep` names columns, separated by spaces, that an existing row keeps.
    """
    if rows:
        conn.execute(_statement(conn.dialect.name, table, tuple(rows[0]), keep), rows)


@cache
def _statement(dialect_name: str, table: Table, columns: tuple[str, ...], keep: str) -> Executable:
    """Built once: the database takes less time for it than making it does."""
    dialect = sqlite if dialect_name == "sqlite" else postgresql
    statement = dialect.insert(table)
    keys = [column.name for column in table.primary_key]
    kept = {*keys, *keep.split()}
    values = {name: statement.excluded[name] for name in columns if name not in kept}
    if values:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=values)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    built: Executable = statement
    return built
