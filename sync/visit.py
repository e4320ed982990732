"""What people call a visit, read leniently from its cells: an absent or odd value is ""."""

from collections.abc import Mapping
from typing import Any

import msgspec

Cells = Mapping[str, Any]
Rows = Mapping[str, Cells]


class Window(msgspec.Struct, frozen=True):
    """Local hours, "HH:MM" or "" when open."""

    start: str
    end: str


def text_of(cells: Cells, path: str) -> str:
    """The text of a cell, "" for any other value."""
    value = cells.get(path)
    return value if isinstance(value, str) else ""


def referred(rows: Rows, cells: Cells, field: str) -> Cells:
    """The cells of the record that a cell refers to, none when `rows` (by key) lack it."""
    return rows.get(text_of(cells, field), {})


def window_of(job: Cells) -> Window:
    """The promised hours of a job."""
    return Window(text_of(job, "window_start")[:5], text_of(job, "window_end")[:5])


def client_of(rows: Rows, job: Cells) -> str:
    """Whom the visit is for: the contact's name, else the job's subject."""
    return text_of(referred(rows, job, "contact"), "full_name") or text_of(job, "subject")
