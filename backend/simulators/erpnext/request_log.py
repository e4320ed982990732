"""What was asked and what it changed, so that tests can count effects per document."""

from collections import deque
from typing import Any, Final

import msgspec

from backend.simulators.erpnext.database import Write
from backend.simulators.erpnext.schema import Doc

KEPT: Final = 20_000
_STAMPS: Final = frozenset({"modified", "modified_by", "name", "creation", "owner", "idx"})
_INTERNAL_TABLES: Final = frozenset({"Series"})


class Effect(msgspec.Struct, frozen=True):
    """One document that a request wrote. `action` is `insert`, `update` or `delete`; an update
    without `changed` fields only moved `modified`."""

    action: str
    doctype: str
    name: str
    changed: tuple[str, ...]


class Entry(msgspec.Struct, frozen=True):
    """One request. `status` 0 means that the connection was dropped instead of an answer;
    `method` is OFFICE for an edit made in the desk."""

    number: int
    at: str
    method: str
    path: str
    user: str
    body: Any
    status: int
    effects: tuple[Effect, ...] = ()


class RequestLog:
    """The latest requests, `kept` of them, oldest first."""

    def __init__(self, kept: int = KEPT) -> None:
        self._entries: deque[Entry] = deque(maxlen=kept)
        self._count = 0

    def note(self, entry: Entry) -> None:
        """Keep one request; its number is given here."""
        self._count += 1
        self._entries.append(msgspec.structs.replace(entry, number=self._count))

    def note_office(self, at: str, user: str, writes: list[Write]) -> None:
        """Keep an edit that a dispatcher made in the desk."""
        self.note(Entry(0, at, "OFFICE", "", user, None, 200, effects_of(writes)))

    def entries(self, after: int = 0) -> list[Entry]:
        """The requests whose number is above `after`."""
        return [entry for entry in self._entries if entry.number > after]

    def effects_on(self, doctype: str, name: str) -> list[Effect]:
        """Every effect of API requests on one document: a Field Operation must have one insert."""
        return [
            effect
            for entry in self._entries
            for effect in entry.effects
            if (effect.doctype, effect.name) == (doctype, name) and entry.method != "OFFICE"
        ]

    def clear(self) -> None:
        """Forget the entries; numbers go on."""
        self._entries.clear()


def effects_of(writes: list[Write]) -> tuple[Effect, ...]:
    """The writes of one transaction, one effect a document."""
    merged: dict[tuple[str, str], Write] = {}
    for write in writes:
        key = (write.doctype, write.name)
        first = merged.get(key, write)
        merged[key] = write._replace(before=first.before)
    return tuple(
        _effect(write)
        for write in merged.values()
        if write.doctype not in _INTERNAL_TABLES and (write.before or write.after)
    )


def _effect(write: Write) -> Effect:
    before, after = write.before or {}, write.after or {}
    changed = tuple(key for key in after if _plain(before.get(key)) != _plain(after[key]))
    action = "delete" if not after else "update" if before else "insert"
    changed = tuple(key for key in changed if key not in _STAMPS)
    return Effect(action, write.doctype, write.name, changed if action != "delete" else ())


def _plain(value: Any) -> Any:
    """Child rows without the stamps that every save of the parent moves."""
    if not isinstance(value, list):
        return value
    return [_without_stamps(row) for row in value]


def _without_stamps(row: Doc) -> Doc:
    return {key: value for key, value in row.items() if key not in _STAMPS}
