"""One Frappe site in memory: its doctypes, documents, files, users, clock and conditions."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from backend.simulators.erpnext import writing
from backend.simulators.erpnext.database import Database, Write
from backend.simulators.erpnext.errors import FrappeError, missing
from backend.simulators.erpnext.faults import Faults
from backend.simulators.erpnext.request_log import RequestLog
from backend.simulators.erpnext.schema import Doc, DocType
from backend.simulators.erpnext.webhooks import KEPT, Delivery, deliveries

ADMINISTRATOR: Final = "Administrator"
GUEST: Final = "Guest"
OFFICE_USER: Final = "repartition@example.test"
_Result = TypeVar("_Result")
Script = Callable[["Site", str, Doc, Doc], None]
STAMP: Final = "%Y-%m-%d %H:%M:%S.%f"


class RateLimit(msgspec.Struct, frozen=True):
    """`rate_limit` of the site's configuration: server seconds per window, of all users."""

    limit_s: float
    window_s: int = 3600


@dataclass
class Session:
    """Who asks, and what the request has said to them so far (`_server_messages`)."""

    user: str
    said: list[Doc] = field(default_factory=list)


@dataclass
class Site:
    """A site. `now` gives aware instants; `zone` is the zone of every stored datetime.

    `host` is the only Host header that is answered (None: all). `seed` fixes the random names.
    `scripts` are the site's own server scripts: each runs in the transaction of a save, with the
    doctype and the document before and after it.
    """

    now: Callable[[], datetime]
    seed: int = 0
    zone: str = "America/Toronto"
    host: str | None = None
    maintenance: bool = False
    database_down: bool = False
    refuse_disabled: bool = False
    rate_limit: RateLimit | None = None
    rate_used: tuple[float, float] = (0.0, 0.0)
    doctypes: dict[str, DocType] = field(default_factory=dict)
    database: Database = field(default_factory=Database)
    files: dict[str, bytes] = field(default_factory=dict)
    scripts: list[Script] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    log: RequestLog = field(default_factory=RequestLog)
    deliveries: deque[Delivery] = field(default_factory=lambda: deque(maxlen=KEPT))
    _ids: int = 0
    _last: tuple[datetime, int] | None = None

    def local_now(self) -> str:
        """The site's wall clock as Frappe writes it."""
        return self._text(self.now())

    def stamp(self) -> str:
        """A fresh `modified`. Two saves of one clock reading still differ, by microseconds."""
        reading = self.now()
        again = self._last[1] + 1 if self._last and self._last[0] == reading else 0
        self._last = (reading, again)
        return self._text(reading + timedelta(microseconds=again))

    def new_id(self, length: int = 10) -> str:
        """A random-looking name, the same sequence for the same seed."""
        self._ids += 1
        return hashlib.sha256(f"{self.seed}/{self._ids}".encode()).hexdigest()[:length]

    def doctype(self, name: str) -> DocType:
        """The doctype, or DoesNotExistError."""
        found = self.doctypes.get(name)
        if found is None:
            raise missing("DocType", name)
        return found

    def document(self, doctype: str, name: str) -> Doc:
        """The stored document (not to be changed), or DoesNotExistError."""
        row = self.database.get(self.doctype(doctype).name, name)
        if row is None:
            raise missing(doctype, name)
        return row

    def define(self, doctypes: Iterable[DocType]) -> None:
        """Add doctypes to the site, or replace them."""
        self.doctypes.update({doctype.name: doctype for doctype in doctypes})

    def seed_document(self, doctype: str, user: str = ADMINISTRATOR, **values: Any) -> Doc:
        """Insert a document while the site is being built: as Administrator, outside the log."""
        doc = writing.insert(self, Session(user), doctype, values)
        self.database.commit()
        return doc

    def user_token(self, user: str) -> str:
        """`key:secret` of a user with API keys."""
        row = self.document("User", user)
        return f"{row['api_key']}:{row['api_secret']}"

    def edit_as_office(self, doctype: str, name: str, **fields: Any) -> Doc:
        """A dispatcher saves the form in the desk; returns the saved document."""
        return self._office(
            lambda session: writing.update(self, session, doctype, name, fields, check=False)
        )

    def create_as_office(self, doctype: str, **fields: Any) -> Doc:
        """A dispatcher creates a document; returns it."""
        return self._office(lambda session: writing.insert(self, session, doctype, fields))

    def delete_as_office(self, doctype: str, name: str) -> None:
        """A dispatcher deletes a document; a Deleted Document stays."""
        self._office(lambda session: writing.delete(self, session, doctype, name, check=False))

    def rename_as_office(self, doctype: str, name: str, new_name: str) -> None:
        """A dispatcher renames a document: `modified` stays, links follow."""
        self._office(lambda _: writing.rename(self, doctype, name, new_name))

    def commit(self) -> list[Write]:
        """End a transaction; its webhooks are put with the deliveries. Gives what was written."""
        writes = self.database.commit()
        self.deliveries.extend(deliveries(self, writes))
        return writes

    def write_silently(self, doctype: str, name: str, **fields: Any) -> None:
        """`frappe.db.set_value(update_modified=False)`: a change that no poll sees."""
        self.database.put(doctype, name, {**self.document(doctype, name), **fields})
        self.database.commit()

    def release_commits(self) -> int:
        """Let the transactions held by `late-commit` become visible; returns how many."""
        return self.faults.release(self.database)

    def _office(self, act: Callable[[Session], _Result]) -> _Result:
        try:
            result = act(Session(OFFICE_USER))
        except FrappeError:
            self.database.rollback()
            raise
        self.log.note_office(self.local_now(), OFFICE_USER, self.commit())
        return result

    def _text(self, instant: datetime) -> str:
        return instant.astimezone(ZoneInfo(self.zone)).strftime(STAMP)
