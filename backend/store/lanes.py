"""The outbox towards ERPNext: one lane a document, picked at constant cost."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, insert

from backend.store.tables import lane, outbox
from backend.store.upsert import upsert
from sync.push import Intent

DUE = "due"


def enqueue(conn: Connection, intents: Sequence[Intent], now_ms: int) -> None:
    """Remember what ERPNext must hear; a lane that already waits keeps its place and its tries."""
    rows = [
        {
            "lane": each.lane,
            "mutation": each.mutation,
            "paths": msgspec.json.encode(each.paths).decode(),
            "created_at": now_ms,
        }
        for each in intents
    ]
    if not rows:
        return
    conn.execute(insert(outbox), rows)
    lanes = [
        {"key": key, "state": DUE, "due_at": now_ms, "tries": 0, "oldest_at": now_ms, "error": ""}
        for key in sorted({each.lane for each in intents})
    ]
    upsert(conn, lane, lanes, keep="state due_at tries oldest_at error")
