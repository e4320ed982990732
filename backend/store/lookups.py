"""Who looked for which piece of equipment, and when: the audit, which is the rate limit as well."""

from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from backend.store.clock import DAY_MS
from backend.store.tables import lookup
from sync.state import ActorKind

# A technician who counts his van's devices asks some twenty times a minute.
A_MINUTE: Final = 30
A_DAY: Final = 600
MINUTE_MS: Final = 60_000
KEPT_DAYS: Final = 400


class Asker(NamedTuple):
    """Who asks: a technician's record key and his device, or a dispatcher's address and ""."""

    kind: ActorKind
    actor: str
    device: str = ""


def asks_too_often(conn: Connection, device: str, now_ms: int) -> bool:
    """Whether a device has had its A_MINUTE or A_DAY look-ups."""
    asked = select(func.count()).where(lookup.c.device == device)
    minute, day = (asked.where(lookup.c.at > now_ms - ms) for ms in (MINUTE_MS, DAY_MS))
    found = conn.execute(select(minute.scalar_subquery(), day.scalar_subquery())).one()
    return bool(found[0] >= A_MINUTE or found[1] >= A_DAY)


def note_lookup(conn: Connection, asker: Asker, asked: str, state: str, now_ms: int) -> None:
    """Keep who asked for what (its normal form) and what he was told, for KEPT_DAYS."""
    row = {"at": now_ms, "actor_kind": asker.kind.value, "actor": asker.actor}
    row |= {"device": asker.device, "asked": asked, "state": state}
    conn.execute(insert(lookup).values(row))
    conn.execute(delete(lookup).where(lookup.c.at < now_ms - KEPT_DAYS * DAY_MS))
