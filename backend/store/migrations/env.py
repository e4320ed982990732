"""Runs migrations on the connection that the caller hands in, or on `-x url=...`."""

from alembic import context
from sqlalchemy import Connection, create_engine

from backend.store.tables import metadata


def migrate(connection: Connection) -> None:
    """Upgrade or downgrade over one connection, in one transaction."""
    # Batch mode: SQLite cannot alter most things in place.
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with create_engine(context.get_x_argument(as_dictionary=True)["url"]).connect() as opened:
        migrate(opened)
        opened.commit()
