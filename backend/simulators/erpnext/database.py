"""Tables of documents in memory, with an undo log so that a failed request leaves no trace."""

from typing import NamedTuple

from backend.simulators.erpnext.schema import Doc


class Write(NamedTuple):
    """One row before and after; None means that the row was not there."""

    doctype: str
    name: str
    before: Doc | None
    after: Doc | None


class Database:
    """Rows by doctype and name. A stored row is never changed in place, only replaced."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, Doc]] = {}
        self._log: list[Write] = []

    def copy(self) -> "Database":
        """The same rows, which both share; what either writes from now on the other has not."""
        copied = Database()
        copied._tables = {doctype: dict(rows) for doctype, rows in self._tables.items()}
        return copied

    def get(self, doctype: str, name: str) -> Doc | None:
        """The stored row, or None. The caller must not change it."""
        return self._tables.get(doctype, {}).get(name)

    def rows(self, doctype: str) -> list[Doc]:
        """Every row of the doctype, oldest insertion first."""
        return list(self._tables.get(doctype, {}).values())

    def put(self, doctype: str, name: str, row: Doc) -> None:
        """Insert or replace a row, undoable until `commit`."""
        self._write(Write(doctype, name, self.get(doctype, name), row))

    def remove(self, doctype: str, name: str) -> None:
        """Delete a row, undoable until `commit`."""
        self._write(Write(doctype, name, self.get(doctype, name), None))

    def mark(self) -> int:
        """A savepoint for `rollback`."""
        return len(self._log)

    def rollback(self, mark: int = 0) -> None:
        """Undo every write since the savepoint, newest first."""
        while len(self._log) > mark:
            write = self._log.pop()
            self._set(write.doctype, write.name, write.before)

    def commit(self) -> list[Write]:
        """Forget how to undo; returns what was written, in order."""
        done, self._log = self._log, []
        return done

    def withdraw(self) -> list[Write]:
        """Undo every write, but return them for `apply`."""
        writes = list(self._log)
        self.rollback()
        return writes

    def apply(self, writes: list[Write]) -> None:
        """Make writes visible that were taken back before: a transaction that commits late."""
        for write in writes:
            self._set(write.doctype, write.name, write.after)

    def _write(self, write: Write) -> None:
        self._log.append(write)
        self._set(write.doctype, write.name, write.after)

    def _set(self, doctype: str, name: str, row: Doc | None) -> None:
        rows = self._tables.setdefault(doctype, {})
        if row is None:
            rows.pop(name, None)
        else:
            rows[name] = row
