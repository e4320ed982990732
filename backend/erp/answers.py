"""What ERPNext answers: as types, only the parts that are used, and which failure an error is."""

import re
from typing import Final, TypeVar

import msgspec

from backend.errors import Refused, Unavailable

T = TypeVar("T")

# Failures of the moment, whatever status they come with; seen on PostgreSQL under load.
_TRANSIENT: Final = frozenset(
    {
        "SerializationFailure",
        "QueryDeadlockError",
        "QueryTimeoutError",
        "OperationalError",
        "InFailedSqlTransaction",
        "SessionStopped",
        "TooManyRequestsError",
    }
)
_NO_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_PASSING: Final = frozenset({429, 502, 503, 504, 508})
_SAFE: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,59}")


class NotNow(Unavailable):
    """ERPNext answers what is asked, but this work could not be done now: others go on."""


class _ErrorEntry(msgspec.Struct):
    type: str = ""


class _ErrorBody(msgspec.Struct):
    exc_type: str = ""
    errors: tuple[_ErrorEntry, ...] = ()  # of the second API version


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
    except (*_NO_JSON, msgspec.ValidationError, KeyError, TypeError) as error:
        raise Unavailable("unreadable") from error


def error_class(body: bytes) -> str:
    """The class name of the site's error, "" for anything that could not be one."""
    try:
        told = msgspec.json.decode(body, type=_ErrorBody)
    except _NO_JSON:
        return ""
    name = told.exc_type or next((each.type for each in told.errors), "")
    return name if _SAFE.fullmatch(name) else ""


def failure(status: int, kind: str | None, retry_after_s: float | None) -> Unavailable | Refused:
    """What an answer that is no result means; `kind` is the site's error class, None for a page
    that is no JSON."""
    if kind is None:
        page = "unreadable" if status == 200 else f"html-{status}"
        return Unavailable(page, retry_after_s)
    if status in _PASSING or kind in _TRANSIENT:
        return Unavailable(kind if kind in _TRANSIENT else f"http-{status}", retry_after_s)
    if 400 <= status < 500 and kind:
        return Refused(kind)
    return Unavailable(f"http-{status}")
