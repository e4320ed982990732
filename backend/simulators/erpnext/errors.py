"""Frappe's refusals: which status, which exception type, which messages."""

import json
from typing import Any, Final

import msgspec

from backend.simulators.erpnext.schema import Doc

EXCEPTIONS: Final = "frappe.exceptions"


class FrappeError(Exception):
    """One refused request; `render` turns it into the body of the API version that was asked.

    `traceback` is False for the errors that come without `exc` (a missing document).
    `messages` are the entries of `_server_messages`, `alert` is `_error_message`, `debug` the
    database's own words.
    """

    def __init__(
        self,
        status: int,
        exc_type: str,
        text: str = "",
        *,
        messages: tuple[Doc, ...] | None = None,
        alert: str = "",
        debug: str = "",
        module: str = EXCEPTIONS,
        traceback: bool = True,
    ) -> None:
        super().__init__(text or exc_type)
        self.status = status
        self.exc_type = exc_type
        self.text = text
        self.messages = thrown(text) if messages is None and text else messages or ()
        self.alert = alert
        self.debug = debug
        self.module = module
        self.traceback = traceback

    @property
    def exception(self) -> str:
        """The last line of the traceback; empty for a database that does not answer."""
        if not self.module:
            return self.text
        name = f"{self.module}.{self.exc_type}"
        return f"{name}: {self.text}" if self.text else name


class Reply(msgspec.Struct, frozen=True):
    """An answer as it goes out; `session` says whether Frappe sets its cookies on it."""

    status: int
    content: bytes
    media_type: str = "application/json"
    headers: dict[str, str] = {}
    session: bool = True


def thrown(text: str) -> tuple[Doc, ...]:
    """The server message of `frappe.throw`."""
    entry = {"message": text, "title": "Message", "indicator": "red", "raise_exception": 1}
    return ({**entry, "__frappe_exc_id": "0" * 56},)


def missing(doctype: str, name: str) -> FrappeError:
    """The document (or, for doctype "DocType", the kind of document) is not there."""
    return FrappeError(404, "DoesNotExistError", f"{doctype} {name} not found", traceback=False)


def invalid(exc_type: str, text: str) -> FrappeError:
    """A 417: the data is not acceptable."""
    return FrappeError(417, exc_type, text)


def duplicate(doctype: str, name: str) -> FrappeError:
    """A name that exists already: 409."""
    words = _violation(f"tab{doctype}_pkey", "name", name)
    message = f"{doctype} <strong>{name}</strong> already exists"
    return FrappeError(
        409,
        "DuplicateEntryError",
        f"('{doctype}', '{name}', UniqueViolation({words!r}))",
        messages=({"message": message, "title": "Duplicate Name", "indicator": "red"},),
        debug=f"Error in query:\n{words}",
    )


def not_unique(doctype: str, name: str, fieldname: str, value: Any) -> FrappeError:
    """A unique field whose value another document has: 417, and nobody says which document."""
    words = _violation(f"tab{doctype}_{fieldname}_key", fieldname, value)
    return FrappeError(
        417,
        "UniqueValidationError",
        f"('{doctype}', '{name}', UniqueViolation({words!r}))",
        messages=(),
        debug=f"Error in query:\n{words}",
    )


def unauthenticated() -> FrappeError:
    """A token that nobody has, or that cannot be read: 401 without a word."""
    return FrappeError(401, "AuthenticationError")


def render(error: FrappeError, said: list[Doc], *, v2: bool) -> Reply:
    """The JSON answer of a refusal; `said` are messages that the request had shown before."""
    messages = [*said, *error.messages]
    body = _v2_body(error, messages) if v2 else _v1_body(error, messages)
    return Reply(error.status, encode(body))


def encode(body: Any) -> bytes:
    """JSON as Frappe writes it: compact, ASCII only."""
    return json.dumps(body, separators=(",", ":")).encode()


def server_messages(messages: list[Doc]) -> str:
    """Messages as Frappe nests them: a JSON list of JSON texts."""
    return json.dumps([json.dumps(message) for message in messages])


def traceback_text(error: FrappeError) -> str:
    """A traceback whose last line names the exception, as clients may parse it."""
    where = 'File "apps/frappe/frappe/app.py", line 115, in application'
    return f"Traceback (most recent call last):\n  {where}\n{error.exception}\n"


def _v1_body(error: FrappeError, messages: list[Doc]) -> Doc:
    body: Doc = {"exc_type": error.exc_type}
    if error.traceback:
        body = {"exception": error.exception, **body, "exc": json.dumps([traceback_text(error)])}
    if messages:
        body["_server_messages"] = server_messages(messages)
    if error.alert:
        body["_error_message"] = error.alert
    if error.debug:
        body["_debug_messages"] = json.dumps([error.debug])
    return body


def _v2_body(error: FrappeError, messages: list[Doc]) -> Doc:
    cause = {"exception": traceback_text(error)} if error.traceback else {}
    words = [
        {key: entry[key] for key in ("message", "title", "indicator") if key in entry}
        for entry in messages
    ]
    errors = [{"type": error.exc_type, **cause, **entry} for entry in words or [{}]]
    return {"errors": errors, **({"debug": [{"message": error.debug}]} if error.debug else {})}


def _violation(constraint: str, fieldname: str, value: Any) -> str:
    return (
        f'duplicate key value violates unique constraint "{constraint}"\n'
        f"DETAIL:  Key ({fieldname})=({value}) already exists.\n"
    )
