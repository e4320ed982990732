"""Tells phones what became of their mutations in ERPNext."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, insert

from backend import metrics
from backend.store import feed
from backend.store.outbox import Entry
from backend.store.tables import receipt
from sync.protocol import Fate


class Recorded(NamedTuple):
    """What a recorded answer means for phones: the technicians to poke."""

    poked: frozenset[str]


def write_receipts(
    conn: Connection, told: Sequence[tuple[Entry, Fate, str]], now_ms: int
) -> Recorded:
    """Put news of (entry, fate, detail) under the phones' cursor, all at one sequence."""
    for entry, fate, _ in told:
        if fate is Fate.FILED:
            metrics.FILED.observe(max(0, now_ms - entry.received_at) / 1000)
    mine = [each for each in told if each[0].technician]
    if not mine:
        return Recorded(frozenset())
    sequence = feed.next_sequence(conn, f"receipt {mine[0][0].mutation}", now_ms)
    rows = [
        {
            "sequence": sequence,
            "mutation": entry.mutation,
            "technician": entry.technician,
            "fate": fate.value,
            "detail": detail,
            "at": now_ms,
        }
        for entry, fate, detail in mine
    ]
    conn.execute(insert(receipt), rows)
    return Recorded(frozenset(entry.technician for entry, _, _ in mine))
