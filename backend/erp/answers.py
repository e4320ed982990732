"""What ERPNext answers, as types: only the parts that are used."""

from typing import TypeVar

import msgspec

from backend.errors import Unavailable

T = TypeVar("T")


class MetaField(msgspec.Struct):
    """One field of a doctype; `options` of a child table is the doctype of its rows."""

    fieldname: str = ""
    fieldtype: str = ""
    options: str | None = None

    @property
    def is_table(self) -> bool:
        """Whether the field is a child table."""
        return self.fieldtype in ("Table", "Table MultiSelect")


class Meta(msgspec.Struct):
    """A doctype, as any user may read it."""

    fields: list[MetaField] = []


class Named(msgspec.Struct):
    """A document by its name, as `bulk_update` takes it."""

    docname: str


class FailedDoc(msgspec.Struct):
    """One document that `bulk_update` did not save; its traceback is not read."""

    doc: Named


class BulkAnswer(msgspec.Struct):
    """The answer of `bulk_update`: 200, whatever failed."""

    failed_docs: list[FailedDoc] = []


def read_answer(body: bytes, kind: type[T], key: str) -> T:
    """What stands under `key` of a body. Raises Unavailable when that cannot be read."""
    try:
        return msgspec.convert(msgspec.json.decode(body)[key], kind)
    except (msgspec.DecodeError, msgspec.ValidationError, KeyError, TypeError) as error:
        raise Unavailable("unreadable") from error
