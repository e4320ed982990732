"""Tells phones that the office changed their day: soon, once for many changes, and not for ever."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec

from backend.errors import AppError, Refused, Unavailable
from backend.log import log
from backend.notify.push.client import ForeignService, Gone, PushClient
from backend.notify.push.encryption import Keys, decode
from backend.notify.push.vapid import read_vapid
from backend.settings import Settings
from backend.store.clock import Clock
from backend.store.pokes import Pokes
from backend.store.push import (
    Subscription,
    forget_ended,
    note_failed,
    note_told,
    to_tell,
    unsubscribe,
)
from backend.store.store import Store

# A dispatcher who moves a day's visits makes one message of it.
SETTLE_S: Final = 20.0
LOOK_S: Final = 60.0
# A phone rings no more often than this.
REST_MS: Final = 5 * 60_000
MOST_TRIES: Final = 6
FIRST_PAUSE_MS: Final = 30_000
AT_ONCE: Final = 8

# Nothing of a visit or a customer: the phone shows it on its locked screen, whoever holds it.
_WORDS: Final = {
    "fr": "Une visite est nouvelle ou a changé. Ouvre ta journée.",
    "en": "A visit is new or has changed. Open your day.",
}


def open_push(settings: Settings) -> PushClient | None:
    """The installation's way to push services, None without a key. Raises ValueError for one that
    is none."""
    if not settings.push.key_file:
        return None
    return PushClient(
        read_vapid(settings.push.key_file, settings.push.contact or settings.base_url)
    )


class PushWorker:
    """The loop of the pushes."""

    def __init__(self, client: PushClient, store: Store, clock: Callable[[], Clock]) -> None:
        self._client = client
        self._store = store
        self._clock = clock

    async def run(self, pokes: Pokes) -> None:
        """Tell phones at each poke until cancelled."""
        with pokes.listen() as committed:
            while True:
                committed.clear()
                try:
                    await self.turn()
                except AppError as error:  # of the database
                    log.error("pushes cannot be looked at", extra={"code": error.code})
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await committed.wait()
                        await asyncio.sleep(SETTLE_S)

    async def turn(self) -> None:
        """One look: every phone that is due is told, or tried again later."""
        now_ms = self._clock().now_ms
        await self._store.writer.run(lambda conn: forget_ended(conn, now_ms))
        head, due = await self._store.read(lambda conn: to_tell(conn, now_ms))
        for start in range(0, len(due), AT_ONCE):
            chunk = due[start : start + AT_ONCE]
            await asyncio.gather(*(self._tell(each, head, now_ms) for each in chunk))

    async def _tell(self, phone: Subscription, head: int, now_ms: int) -> None:
        try:
            await self._client.send(
                phone.endpoint, _keys(phone), message(phone.lang), now_ms // 1000
            )
        except (Gone, ForeignService):
            await self._store.writer.run(lambda conn: unsubscribe(conn, phone.device))
        except Unavailable as error:
            await self._failed(phone, head, now_ms, error)
        except Refused as error:
            log.warning("a push is refused", extra={"kind": error.kind})
            await self._told(phone, head, now_ms)
        else:
            await self._told(phone, head, now_ms)

    async def _failed(
        self, phone: Subscription, head: int, now_ms: int, error: Unavailable
    ) -> None:
        tries = phone.tries + 1
        if tries >= MOST_TRIES:
            log.warning("a push is given up", extra={"kind": error.kind})
            return await self._told(phone, head, now_ms)
        due_at = now_ms + pause_ms(tries, error.retry_after_s)
        await self._store.writer.run(lambda conn: note_failed(conn, phone.device, tries, due_at))
        return None

    async def _told(self, phone: Subscription, head: int, now_ms: int) -> None:
        due_at = now_ms + REST_MS
        await self._store.writer.run(lambda conn: note_told(conn, phone.device, head, due_at))


def message(lang: str) -> bytes:
    """What the service worker shows: no name, no address, no hour."""
    return msgspec.json.encode({"title": "Terrain", "body": _WORDS.get(lang, _WORDS["fr"])})


def pause_ms(tries: int, asked_s: float | None) -> int:
    """How long to wait after so many failures: twice as long each time, or as the service asks."""
    doubled = FIRST_PAUSE_MS << (tries - 1)
    return max(doubled, round(asked_s * 1000)) if asked_s else doubled


def _keys(phone: Subscription) -> Keys:
    return Keys(decode(phone.p256dh), decode(phone.auth))
