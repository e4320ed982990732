"""What every table is made of."""

from sqlalchemy import BigInteger, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# An autoincrement that never reuses a number: SQLite's plain rowid does after a delete.
auto_id = BigInteger().with_variant(Integer, "sqlite")
