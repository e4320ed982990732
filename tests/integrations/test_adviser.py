"""Asking a model about what no decoder reads: money, outages, and nothing lost meanwhile."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from backend.errors import Unavailable
from backend.settings import GeminiSettings
from backend.simulators.gemini import KEY, Fault, GeminiSimulator
from backend.store.clock import Clock
from backend.vision import gemini
from backend.vision.adviser import Adviser, open_adviser
from backend.vision.decode import Decoder
from sync.lane import AUTH_PROBE_MS, BREAKER_FAILURES, PROBE_MS
from tests.given import CLOCK, JOB, OTHER_JOB
from tests.labels import code, photo, saved, sheet
from tests.rows import row

PHOTO = photo("10394EB5DA90")
SAID = {"codes": [{"value": "ZTEG4F5A0ED5", "confidence": 0.9}]}
LATER_MS = max(PROBE_MS, AUTH_PROBE_MS) + 1


@asynccontextmanager
async def advised(
    simulator: GeminiSimulator,
    folder: Path,
    key: str = KEY,
    daily_usd: float = 2.0,
    daily_photos: int = 20,
) -> AsyncIterator[Adviser]:
    """An adviser of an installation whose model is simulated."""
    (folder / "key").write_text(key, "utf-8")
    decoder = Decoder()
    async with simulator.served() as url:
        settings = GeminiSettings(
            str(folder / "key"), url=url, daily_usd=daily_usd, daily_photos=daily_photos
        )
        adviser = open_adviser(settings, folder, decoder)
        assert adviser is not None
        try:
            yield adviser
        finally:
            await decoder.close()


async def values(adviser: Adviser, clock: Clock = CLOCK) -> list[str]:
    """What the adviser says is on the label."""
    return [fact.value for fact in await adviser.label(PHOTO, lambda: clock)]


async def as_it_came(_decoder: Decoder, data: bytes) -> bytes:
    """The photo itself."""
    return data


@pytest.mark.parametrize("settings", [GeminiSettings(), GeminiSettings("key", enabled=False)])
async def test_without_a_key_or_switched_off_there_is_no_adviser(
    settings: GeminiSettings, tmp_path: Path
) -> None:
    assert open_adviser(settings, tmp_path, Decoder()) is None


@row(23, without={"backend.vision.decode.Decoder.small_jpeg": as_it_came})
async def test_photo_that_is_sent_away_has_nothing_of_its_camera(tmp_path: Path) -> None:
    simulator = GeminiSimulator(SAID)
    exif = Image.Exif()
    exif[0x010F] = "Somebody's camera"
    taken = saved(sheet(code("10394EB5DA90")), exif=exif)
    assert b"Somebody" in taken

    async with advised(simulator, tmp_path) as adviser:
        await adviser.label(taken, lambda: CLOCK)

    part = simulator.asked[0]["contents"][0]["parts"][0]["inlineData"]
    sent = base64.urlsafe_b64decode(part["data"])
    assert sent.startswith(b"\xff\xd8\xff")
    assert b"Somebody" not in sent


@row(23, without={"backend.vision.adviser.Purse.is_empty": lambda *_: False})
async def test_day_whose_money_is_spent_asks_no_more_also_after_a_restart(tmp_path: Path) -> None:
    simulator = GeminiSimulator(SAID)
    async with advised(simulator, tmp_path, daily_usd=0.0001) as adviser:
        await values(adviser)

    async with advised(simulator, tmp_path, daily_usd=0.0001) as restarted:
        with pytest.raises(Unavailable, match="spent-for-today"):
            await values(restarted)
        tomorrow = CLOCK._replace(today=CLOCK.today + timedelta(days=1))
        assert await values(restarted, tomorrow) == ["ZTEG4F5A0ED5"]

    assert len(simulator.asked) == 2


async def test_visit_that_has_had_its_photos_of_the_day_waits_alone(tmp_path: Path) -> None:
    simulator = GeminiSimulator(SAID)
    async with advised(simulator, tmp_path, daily_photos=1) as adviser:
        await adviser.label(PHOTO, lambda: CLOCK, JOB)

        with pytest.raises(Unavailable, match="spent-for-visit"):
            await adviser.label(PHOTO, lambda: CLOCK, JOB)
        await adviser.label(PHOTO, lambda: CLOCK, OTHER_JOB)
        tomorrow = CLOCK._replace(today=CLOCK.today + timedelta(days=1))
        await adviser.label(PHOTO, lambda: tomorrow, JOB)

    assert len(simulator.asked) == 3


async def test_model_that_is_away_is_left_alone_and_asked_again_later(tmp_path: Path) -> None:
    simulator = GeminiSimulator(SAID, Fault.OVERLOADED)

    async with advised(simulator, tmp_path) as adviser:
        for _ in range(BREAKER_FAILURES):
            with pytest.raises(Unavailable, match="http-503"):
                await values(adviser)
        simulator.fault = None
        with pytest.raises(Unavailable, match="breaker-open"):
            await values(adviser)
        later = CLOCK._replace(now_ms=CLOCK.now_ms + LATER_MS)

        assert await values(adviser, later) == ["ZTEG4F5A0ED5"]
        assert await values(adviser) == ["ZTEG4F5A0ED5"]


async def test_wrong_key_stops_all_questions_and_loses_no_photo(tmp_path: Path) -> None:
    async with advised(GeminiSimulator(SAID), tmp_path, key="another") as adviser:
        with pytest.raises(Unavailable, match="http-401"):
            await values(adviser)
        with pytest.raises(Unavailable, match="breaker-open"):
            await values(adviser)


async def test_answer_that_is_cut_is_paid_for_as_it_may_have_been_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with advised(GeminiSimulator(SAID, Fault.DRIP), tmp_path) as adviser:
        monkeypatch.setattr(gemini, "ANSWER_S", 0.0)
        with pytest.raises(Unavailable, match="timeout"):
            await adviser.label(PHOTO, lambda: CLOCK, JOB)

    spent = json.loads((tmp_path / "gemini-spent.json").read_bytes())
    assert (spent["usd"] > 0, spent["photos"]) == (True, {JOB: 1})


async def test_refused_photo_stays_unread_and_is_paid_for(tmp_path: Path) -> None:
    async with advised(GeminiSimulator(SAID, Fault.SAFETY), tmp_path) as adviser:
        assert await values(adviser) == []

    assert b'"usd":0.00' in (tmp_path / "gemini-spent.json").read_bytes()
