"""Which phones want to be told of visits, and what they were told of."""

from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, and_, delete, exists, not_, or_, select, update

from backend.store import feed
from backend.store.devices import lives
from backend.store.tables import cell, device, membership, push_subscription
from backend.store.technicians import TECHNICIAN, join_technician, technician_of
from backend.store.upsert import upsert
from sync.state import OFFICE_WRITERS

# What makes a visit a new or another one for who goes there.
TOLD_FIELDS: Final = (
    *("technician", "assistants", "date", "window_start", "window_end"),
    *("location", "contact", "job_type", "dispatch_notes", "priority", "status"),
)


class Subscription(NamedTuple):
    """Where a phone is told, in which language; `told` is the sequence up to which it was, `tries`
    counts failures since."""

    device: str
    endpoint: str
    p256dh: str
    auth: str
    lang: str
    told: int
    tries: int


def subscribe(conn: Connection, subscription: Subscription) -> None:
    """Tell a phone from now on, at this address instead of any former one."""
    row = subscription._asdict() | {"told": feed.read_head(conn).sequence, "due_at": 0}
    upsert(conn, push_subscription, [row])


def unsubscribe(conn: Connection, device_id: str) -> None:
    """Tell a phone no more."""
    conn.execute(delete(push_subscription).where(push_subscription.c.device == device_id))


def is_subscribed(conn: Connection, device_id: str) -> bool:
    """Whether a phone is told."""
    query = select(push_subscription.c.device).where(push_subscription.c.device == device_id)
    return conn.execute(query).first() is not None


def forget_ended(conn: Connection, now_ms: int) -> None:
    """Drop the addresses of phones whose session is over or revoked."""
    living = exists().where(device.c.id == push_subscription.c.device, lives(now_ms))
    conn.execute(delete(push_subscription).where(not_(living)))


def to_tell(conn: Connection, now_ms: int) -> tuple[int, list[Subscription]]:
    """The head of the feed, and the phones for which the office changed a visit since they were
    told, that are due. A visit that only enters the window is none, nor is a phone's own work."""
    head = feed.read_head(conn).sequence
    columns = (push_subscription.c[name] for name in Subscription._fields)
    query = (
        select(*columns, device.c.technician, *TECHNICIAN)
        .select_from(join_technician(device))
        .join(push_subscription, push_subscription.c.device == device.c.id)
        .where(lives(now_ms), push_subscription.c.due_at <= now_ms, _has_news())
    )
    rows: list[Any] = [*conn.execute(query)]
    return head, [_subscription(row) for row in rows if technician_of(row).active]


def note_told(conn: Connection, device_id: str, told: int, due_at: int) -> None:
    """A phone was told up to a sequence, or it was given up; not again before `due_at` (UTC ms)."""
    _note(conn, device_id, {"told": told, "tries": 0, "due_at": due_at})


def note_failed(conn: Connection, device_id: str, tries: int, due_at: int) -> None:
    """A phone could not be told; `tries` in all, the next one from `due_at` (UTC ms) on."""
    _note(conn, device_id, {"tries": tries, "due_at": due_at})


def _note(conn: Connection, device_id: str, values: dict[str, int]) -> None:
    mine = push_subscription.c.device == device_id
    conn.execute(update(push_subscription).where(mine).values(values))


def _has_news() -> Any:
    told = push_subscription.c.told
    held = and_(
        membership.c.technician == device.c.technician,
        or_(membership.c.left_at.is_(None), membership.c.left_at > told),
    )
    return exists().where(
        held,
        cell.c.key == membership.c.key,
        cell.c.key.startswith("job/"),
        cell.c.path.in_(TOLD_FIELDS),
        cell.c.sequence > told,
        or_(*(cell.c.writer.startswith(each) for each in OFFICE_WRITERS)),
    )


def _subscription(row: Any) -> Subscription:
    return Subscription(*(getattr(row, name) for name in Subscription._fields))
