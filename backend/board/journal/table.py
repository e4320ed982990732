"""Decides the journal as a CSV file for a spreadsheet, in the language of the office."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from backend.board.journal.lines import JournalLine

_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "fr": (
        *("Fait sur l'appareil", "Reçu", "Au dossier", "Qui", "Visite", "Document"),
        *("Geste", "Contenu", "Verdict", "Raison", "Sort"),
    ),
    "en": (
        *("Done on the device", "Received", "On file", "Who", "Job", "Record"),
        *("Action", "Content", "Verdict", "Reason", "Fate"),
    ),
}
# A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV Injection").
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def journal_csv(lines: Iterable[JournalLine], lang: str, zone: ZoneInfo) -> bytes:
    """UTF-8 with its mark, so that a spreadsheet reads the accents; semicolons in French, where the
    comma is the decimal sign; instants as local date and time."""
    file = io.StringIO()
    known = lang if lang in _HEADINGS else "fr"
    writer = csv.writer(file, delimiter=";" if known == "fr" else ",")
    writer.writerow(_HEADINGS[known])
    for line in lines:
        writer.writerow([_harmless(each) for each in _row(line, zone)])
    return b"\xef\xbb\xbf" + file.getvalue().encode("utf-8", "replace")


def _row(line: JournalLine, zone: ZoneInfo) -> tuple[str, ...]:
    times = line.made_at, line.received_at, line.filed_at
    content = msgspec.json.encode(line.args).decode() if line.args else ""
    return (
        *(_moment(each, zone) for each in times),
        *(line.by, line.visit, line.key, line.kind, content),
        *(line.outcome, line.reason, line.fate),
    )


def _moment(at: int | None, zone: ZoneInfo) -> str:
    return (
        "" if at is None else datetime.fromtimestamp(at / 1000, zone).strftime("%Y-%m-%d %H:%M:%S")
    )


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
