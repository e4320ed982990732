"""A doctype as the site defines it: what `/api/v2/doctype/<name>/meta` tells any user."""

from typing import Final

import msgspec

# Every document has these, and no definition lists them.
STANDARD: Final = frozenset({"name", "owner", "creation", "modified", "modified_by", "docstatus"})
TABLES: Final = frozenset({"Table", "Table MultiSelect"})


class MetaField(msgspec.Struct, frozen=True):
    """One field; `options` is the doctype of a link or table, or a select's words, one a line."""

    fieldname: str = ""
    fieldtype: str = ""
    options: str | None = None
    unique: int = 0

    @property
    def is_table(self) -> bool:
        """Whether the field is a child table."""
        return self.fieldtype in TABLES

    @property
    def words(self) -> tuple[str, ...]:
        """The words of a select; one of them may be empty."""
        return tuple((self.options or "").split("\n"))


class MetaPermission(msgspec.Struct, frozen=True):
    """What one role may do; only rows of level 0 that hold for all documents count for us."""

    role: str = ""
    permlevel: int = 0
    if_owner: int = 0
    read: int = 0
    write: int = 0
    create: int = 0
    delete: int = 0


class Meta(msgspec.Struct, frozen=True):
    """A doctype with its custom fields and the permission rows in force."""

    name: str
    autoname: str | None = None
    fields: tuple[MetaField, ...] = ()
    permissions: tuple[MetaPermission, ...] = ()

    def field(self, fieldname: str) -> MetaField | None:
        """The field of that name, or None."""
        return next((each for each in self.fields if each.fieldname == fieldname), None)

    def row_of(self, role: str) -> MetaPermission | None:
        """The row of a role, or None."""
        rows = (row for row in self.permissions if row.role == role)
        return next((row for row in rows if not row.permlevel and not row.if_owner), None)
