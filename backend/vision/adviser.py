"""Asks a model about photos that no decoder reads: within the day's money, unless it is away."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from backend.errors import Refused, Unavailable
from backend.log import log
from backend.settings import GeminiSettings, read_secret
from backend.store.clock import Clock
from backend.vision.claims import candidates
from backend.vision.decode import Decoder
from backend.vision.gemini import Answer, Gemini
from backend.vision.questions import CODES, Question
from sync.facts import Fact
from sync.lane import (
    Breaker,
    Gate,
    breaker_after_failure,
    breaker_after_stop,
    breaker_after_success,
    breaker_on_probe,
    gate,
)

T = TypeVar("T")

# What a call that was cut may have cost: the photo, and half a long answer.
UNANSWERED_IN: Final = 2_000
UNANSWERED_OUT: Final = 2_000
_OUR_FAULT: Final = frozenset({"http-401", "http-403", "http-404"})


class _Spent(msgspec.Struct, frozen=True):
    """A site day's cost, and the photos that were asked about, by visit."""

    day: str = ""
    usd: float = 0.0
    photos: dict[str, int] = {}


class Purse:
    """What the model may cost a day, in US dollars, and be asked of one visit; kept in `file`, for
    a restart is not a day."""

    def __init__(self, file: Path, settings: GeminiSettings) -> None:
        self._file = file
        self._settings = settings
        known = msgspec.json.decode(file.read_bytes(), type=_Spent) if file.exists() else _Spent()
        self._spent = known

    def is_empty(self, today: date) -> bool:
        """Whether nothing may be asked any more today."""
        return self._on(today).usd >= self._settings.daily_usd

    def is_empty_for(self, today: date, visit: str) -> bool:
        """Whether one visit has had its photos of today; those of no visit ("") are not counted."""
        return bool(visit) and self._on(today).photos.get(visit, 0) >= self._settings.daily_photos

    def pay(self, today: date, tokens_in: int, tokens_out: int, visit: str = "") -> float:
        """Take the price of so many tokens, for a photo of a visit; gives what the day has cost."""
        price = tokens_in * self._settings.usd_in + tokens_out * self._settings.usd_out
        before = self._on(today)
        photos = before.photos | ({visit: before.photos.get(visit, 0) + 1} if visit else {})
        self._spent = _Spent(today.isoformat(), before.usd + price / 1_000_000, photos)
        beside = self._file.with_suffix(".new")
        beside.write_bytes(msgspec.json.encode(self._spent))
        beside.replace(self._file)
        return self._spent.usd

    def _on(self, today: date) -> _Spent:
        return self._spent if self._spent.day == today.isoformat() else _Spent()


class Adviser:
    """One model, its purse and its circuit breaker; belongs to one event loop."""

    def __init__(self, gemini: Gemini, purse: Purse, decoder: Decoder) -> None:
        self._gemini = gemini
        self._purse = purse
        self._decoder = decoder
        self._breaker = Breaker()

    @property
    def breaker(self) -> Breaker:
        """How the model has answered; instants in UTC ms."""
        return self._breaker

    def check_open(self, now: Clock, visit: str = "") -> None:
        """Raises Unavailable while the model is away, or the day's money or the visit's photos of
        the day are spent."""
        if gate(self._breaker, now.now_ms) is Gate.WAIT:
            raise Unavailable("breaker-open")
        if self._purse.is_empty(now.today):
            raise Unavailable("spent-for-today")
        if self._purse.is_empty_for(now.today, visit):
            raise Unavailable("spent-for-visit")

    async def label(
        self, photo: bytes, clock: Callable[[], Clock], visit: str = ""
    ) -> tuple[Fact, ...]:
        """What the model says is on a label, for a person to confirm; nothing if it refuses.

        Raises Unavailable, and what `Decoder.small_jpeg` raises.
        """
        said = await self.answered(photo, CODES, clock, visit)
        return () if said is None else candidates(said)

    async def answered(
        self, photo: bytes, question: Question[T], clock: Callable[[], Clock], visit: str
    ) -> T | None:
        """What the model says of a photo that waited; None when it refuses it.

        Raises Unavailable, for our own key's fault too, and what `Decoder.small_jpeg` raises.
        """
        try:
            return await self.ask(photo, question, clock, visit)
        except Refused as refused:
            if refused.kind in _OUR_FAULT:
                raise Unavailable(refused.kind) from refused
            return None

    async def ask(
        self, photo: bytes, question: Question[T], clock: Callable[[], Clock], visit: str = ""
    ) -> T:
        """What the model says about a photo of a visit ("": of none), decoded but not checked.

        Raises Unavailable, Refused, and what `Decoder.small_jpeg` raises.
        """
        small = await self._decoder.small_jpeg(photo)
        return (await self._ask(small, question, clock, visit)).said

    async def _ask(
        self, photo: bytes, question: Question[T], clock: Callable[[], Clock], visit: str
    ) -> Answer[T]:
        self.check_open(clock(), visit)
        if self._breaker.opened_at is not None:
            self._breaker = breaker_on_probe(self._breaker, clock().now_ms)
        try:
            answer = await self._gemini.ask(photo, question)
        except (Unavailable, Refused) as error:
            self._note_failure(error, clock(), visit)
            raise
        self._breaker = breaker_after_success()
        spent = self._purse.pay(clock().today, answer.tokens_in, answer.tokens_out, visit)
        used = {"model": answer.model, "in": answer.tokens_in, "out": answer.tokens_out}
        log.info("gemini answered", extra=used | {"day_usd": round(spent, 4)})
        return answer

    def _note_failure(self, error: Unavailable | Refused, now: Clock, visit: str) -> None:
        """An answer that was refused has been paid for all the same; our key's fault stops all."""
        log.warning("gemini did not answer", extra={"kind": error.kind})
        if isinstance(error, Unavailable):
            self._breaker = breaker_after_failure(self._breaker, error.kind, now.now_ms)
        elif error.kind in _OUR_FAULT:
            self._breaker = breaker_after_stop(self._breaker, error.kind, now.now_ms)
        else:
            self._breaker = breaker_after_success()
        if error.kind == "timeout" or isinstance(error, Refused):
            self._purse.pay(now.today, UNANSWERED_IN, UNANSWERED_OUT, visit)


def open_adviser(settings: GeminiSettings, data: Path, decoder: Decoder) -> Adviser | None:
    """The adviser of an installation that has a key; None: photos that nobody reads stay unread.

    Raises ValueError when the key's file is missing or empty.
    """
    if not settings.key_file or not settings.enabled:
        return None
    gemini = Gemini(read_secret(settings.key_file), settings.model, settings.url)
    return Adviser(gemini, Purse(data / "gemini-spent.json", settings), decoder)
