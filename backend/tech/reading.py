"""Decides what can be read of visits where no script runs: all on one page, nothing to press."""

from collections.abc import Iterator
from typing import Any

import msgspec

from backend.tech.day import Card, day_view
from sync.visit import Cells, Rows, referred, text_of

# Word of the app, and where the fact is: of the visit itself, or of a record that it refers to.
_FACTS = (
    ("visit.access_code", "location", "access_code"),
    ("visit.access_notes", "location", "access_notes"),
    ("visit.dispatch_notes", "", "dispatch_notes"),
    ("visit.terminal", "location", "olt"),
    ("visit.plan", "subscription", "plan"),
)


class ReadStep(msgspec.Struct, frozen=True):
    """A step of the checklist."""

    label: str
    required: bool
    done: bool


class ReadVisit(msgspec.Struct, frozen=True):
    """A visit with its facts by the key of their word; none that is empty."""

    card: Card
    facts: tuple[tuple[str, str], ...]
    steps: tuple[ReadStep, ...]
    notes: tuple[str, ...]


class ReadDay(msgspec.Struct, frozen=True):
    """A day that has visits, in the order of their hours; `date` is local."""

    date: str
    visits: tuple[ReadVisit, ...]


def reading(rows: Rows, today: str) -> tuple[ReadDay, ...]:
    """The days that have visits: today and what comes first, then the past."""
    days = (_day(rows, today, tab.date) for tab in day_view(rows, today).tabs)
    return tuple(day for day in days if day.visits)


def _day(rows: Rows, today: str, day: str) -> ReadDay:
    view = day_view(rows, today, day)
    cards = ((view.current,) if view.current else ()) + view.cards
    return ReadDay(day, tuple(_visit(rows, card) for card in cards))


def _visit(rows: Rows, card: Card) -> ReadVisit:
    job = rows[card.key]
    return ReadVisit(card, tuple(_facts(rows, job)), tuple(_steps(job)), tuple(_notes(job)))


def _facts(rows: Rows, job: Cells) -> Iterator[tuple[str, str]]:
    for word, of, path in _FACTS:
        text = text_of(referred(rows, job, of) if of else job, path)
        if text:
            yield word, text


def _steps(job: Cells) -> Iterator[ReadStep]:
    for each in _maps(job.get("checklist")):
        if label := text_of(each, "label"):
            checked = job.get(f"checked/{each.get('id')}")
            done = isinstance(checked, dict) and checked.get("done") is True
            yield ReadStep(label, each.get("required") is True, done)


def _notes(job: Cells) -> Iterator[str]:
    for path, value in job.items():
        if path.startswith("notes/") and isinstance(value, dict) and text_of(value, "text"):
            yield text_of(value, "text")


def _maps(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
