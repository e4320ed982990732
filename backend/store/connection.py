"""The handle of a transaction: other rooms pass it to store functions and never look inside."""

from sqlalchemy import Connection

__all__ = ["Connection"]
