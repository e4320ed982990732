"""How Frappe casts, stores and refuses single values."""

from datetime import datetime, time
from typing import Any, Final

from backend.simulators.erpnext.errors import FrappeError, invalid
from backend.simulators.erpnext.schema import TYPE_DEFAULTS, Doc, DocType, Field

SHORT_TYPES: Final = frozenset({"Data", "Link", "Select", "Password"})
SHORT_LENGTH: Final = 140  # a varchar(140) column


def cast(field: Field, value: Any) -> Any:
    """The value in the document of this request: numbers are cast, the rest stays as sent."""
    if value is None or value == "":
        return TYPE_DEFAULTS.get(field.fieldtype, value)
    try:
        return _number(field, value)
    except (TypeError, ValueError):
        return 0


def stored(field: Field, value: Any) -> Any:
    """The value as the database keeps it. An offset or a `Z` is dropped without a word, so the
    digits stand as local time (recorded)."""
    if value in (None, ""):
        return None if field.fieldtype in {"Date", "Datetime", "Time"} else value
    if field.fieldtype == "Datetime":
        return _parsed(value, lambda text: _naive(datetime.fromisoformat(text)))
    if field.fieldtype == "Date":
        return _parsed(value, lambda text: datetime.fromisoformat(text).date())
    if field.fieldtype == "Time":
        return _parsed(value, _clock)
    return value


def check(doctype: DocType, doc: Doc) -> None:
    """Refuse a missing mandatory value, a foreign select value, a text that is too long, or a
    list or object where one value belongs."""
    _check_mandatory(doctype, doc)
    for field in doctype.columns:
        value = doc.get(field.fieldname)
        if isinstance(value, list | dict):
            raise invalid("ValidationError", f"Value for {field.title} cannot be a list")
        if isinstance(value, str) and value:
            _check_select(field, value)
            _check_length(doctype, doc, field, value)


def _number(field: Field, value: Any) -> Any:
    if field.fieldtype == "Check":
        return int(bool(int(value)))
    if field.fieldtype == "Int":
        return int(float(value))
    return float(value) if field.fieldtype in {"Float", "Currency", "Percent"} else value


def _parsed(value: Any, parse: Any) -> str:
    try:
        return str(parse(str(value)))
    except ValueError:
        raise FrappeError(500, "DataError", f"invalid input syntax: {value!r}") from None


def _naive(instant: datetime) -> datetime:
    return instant.replace(tzinfo=None)


def _clock(text: str) -> time:
    hours, _, rest = text.partition(":")
    return time.fromisoformat(f"{hours:0>2}:{rest}" if rest else text)


def _check_mandatory(doctype: DocType, doc: Doc) -> None:
    lacking = [f for f in doctype.fields if f.reqd and doc.get(f.fieldname) in (None, "", [])]
    if not lacking:
        return
    names = ", ".join(field.fieldname for field in lacking)
    messages = tuple(
        {
            "message": f"Error: Value missing for {doctype.name}: {field.title}",
            "title": "Message",
        }
        for field in lacking
    )
    text = f"[{doctype.name}, {doc.get('name')}]: {names}"
    raise FrappeError(417, "MandatoryError", text, messages=messages)


def _check_select(field: Field, value: str) -> None:
    if field.fieldtype != "Select" or not field.options:
        return
    options = field.options.split("\n")
    if value not in options:
        allowed = ", ".join(f'"{option}"' for option in options)
        text = f' {field.title} cannot be "{value}". It should be one of {allowed}'
        raise invalid("ValidationError", text)


def _check_length(doctype: DocType, doc: Doc, field: Field, value: str) -> None:
    if field.fieldtype in SHORT_TYPES and len(value) > SHORT_LENGTH:
        where = f"{doctype.name} {doc.get('name')}"
        text = f"{where}: '{field.title}' ({value}) will get truncated, as max characters allowed"
        raise invalid("CharacterLengthExceededError", f"{text} is {SHORT_LENGTH}")
