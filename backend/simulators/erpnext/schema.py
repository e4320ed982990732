"""Doctypes as data: fields, naming and permissions of one kind of document."""

from functools import cached_property
from typing import Any, Final

import msgspec

TYPE_DEFAULTS: Final[dict[str, Any]] = {
    "Check": 0,
    "Int": 0,
    "Float": 0.0,
    "Currency": 0.0,
    "Percent": 0.0,
}
TABLE_TYPES: Final = frozenset({"Table", "Table MultiSelect"})
LAYOUT_TYPES: Final = frozenset({"Section Break", "Column Break", "Tab Break", "HTML", "Button"})
STANDARD_FIELDS: Final = (
    "name",
    "owner",
    "creation",
    "modified",
    "modified_by",
    "docstatus",
    "idx",
)
CHILD_FIELDS: Final = ("parent", "parentfield", "parenttype")
RIGHTS: Final = ("select", "read", "write", "create", "delete", "submit", "cancel", "amend")

Doc = dict[str, Any]


class Field(msgspec.Struct, frozen=True):
    """One field; `options` holds a link's doctype, or a select's values one a line."""

    fieldname: str
    fieldtype: str = "Data"
    options: str = ""
    label: str = ""
    reqd: bool = False
    unique: bool = False
    read_only: bool = False
    default: Any = None

    @property
    def title(self) -> str:
        """The label as error messages show it."""
        return self.label or self.fieldname.replace("_", " ").capitalize()

    @property
    def is_table(self) -> bool:
        """Whether the field holds child rows."""
        return self.fieldtype in TABLE_TYPES

    def initial(self) -> Any:
        """The value that a new document has before anybody fills the field."""
        if self.fieldtype not in TYPE_DEFAULTS:
            return self.default
        plain = TYPE_DEFAULTS[self.fieldtype]
        return type(plain)(self.default) if self.default not in (None, "") else plain


class Permission(msgspec.Struct, frozen=True):
    """What one role may do with a doctype; `rights` are names out of RIGHTS."""

    role: str
    rights: frozenset[str]


class DocType(msgspec.Struct, frozen=True, dict=True):
    """One kind of document. `autoname` is Frappe's own text: `format:DJ-{#####}`, `UUID`,
    `prompt`, `field:serial_number`, or `hash` for random names."""

    name: str
    fields: tuple[Field, ...] = ()
    autoname: str = "hash"
    istable: bool = False
    issingle: bool = False
    permissions: tuple[Permission, ...] = ()

    def field(self, fieldname: str) -> Field | None:
        """The field of that name, or None."""
        return next((field for field in self.fields if field.fieldname == fieldname), None)

    @cached_property
    def columns(self) -> tuple[Field, ...]:
        """The fields that hold one value each, in order."""
        return tuple(f for f in self.fields if not f.is_table and f.fieldtype not in LAYOUT_TYPES)

    @cached_property
    def tables(self) -> tuple[Field, ...]:
        """The fields that hold child rows, in order."""
        return tuple(field for field in self.fields if field.is_table)


def link(fieldname: str, doctype: str, *, reqd: bool = False) -> Field:
    """A field that must name an existing document of `doctype`."""
    return Field(fieldname, "Link", doctype, reqd=reqd)


def select(fieldname: str, values: str, default: str | None = None) -> Field:
    """A field that holds one of the values, which are separated by `|`."""
    return Field(fieldname, "Select", values.replace("|", "\n"), default=default)


def table(fieldname: str, child: str) -> Field:
    """A field that holds rows of the child doctype."""
    return Field(fieldname, "Table", child)


def many(fieldtype: str, names: str, default: Any = None) -> tuple[Field, ...]:
    """Fields of one type and one default, named by words."""
    return tuple(Field(name, fieldtype, default=default) for name in names.split())


def allow(role: str, rights: str = "read write create") -> Permission:
    """A permission row; `delete` must be named to be granted."""
    return Permission(role, frozenset(rights.split()))
