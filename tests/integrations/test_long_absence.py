"""A model that is away for a week: every photo waits, and is answered once when it is back."""

from datetime import timedelta
from pathlib import Path
from typing import Final

from backend.simulators.gemini import Fault, GeminiSimulator
from backend.store.clock import DAY_MS, Clock
from backend.vision.worker import ScanWorker
from tests.given import CLOCK, JOB, OTHER_JOB
from tests.integrations.scan_world import opened
from tests.integrations.test_adviser import SAID, advised
from tests.labels import photo

PHOTOS: Final = 6
WITHOUT_SERIAL: Final = photo("10394EB5DA90")
TWO_HOURS_MS: Final = 2 * 3_600_000


class MovingClock:
    """The server's clock, moved by hand."""

    def __init__(self) -> None:
        self._passed_ms = 0

    def now(self) -> Clock:
        """The instant, and its day."""
        today = CLOCK.today + timedelta(days=self._passed_ms // DAY_MS)
        return Clock(CLOCK.now_ms + self._passed_ms, today)

    async def after_two_hours(self, worker: ScanWorker) -> int:
        """How many photos a worker answers two hours later."""
        self._passed_ms += TWO_HOURS_MS
        return await worker.read_waiting()


async def test_photos_of_a_week_without_the_model_are_each_answered_once(
    database_url: str, tmp_path: Path
) -> None:
    simulator = GeminiSimulator(SAID, Fault.OVERLOADED)
    async with opened(database_url, tmp_path) as world, advised(simulator, tmp_path) as adviser:
        await world.send(WITHOUT_SERIAL)
        for number in range(1, PHOTOS + 1):
            await world.scan(number, WITHOUT_SERIAL, key=(JOB, OTHER_JOB)[number % 2])
        clock = MovingClock()
        worker = world.new_worker(adviser, clock.now)
        early = [await clock.after_two_hours(worker) for _ in range(3 * 12)]
        worker = world.new_worker(adviser, clock.now)  # the server was started again
        late = [await clock.after_two_hours(worker) for _ in range(4 * 12)]
        simulator.fault = None

        back = await clock.after_two_hours(worker), await clock.after_two_hours(worker)

        assert {*early, *late} == {0}
        assert back == (PHOTOS, 0)
        assert len(simulator.asked) == PHOTOS
        for number in range(1, PHOTOS + 1):
            shown = await world.shown_scan(number, (JOB, OTHER_JOB)[number % 2])
            assert (shown["state"], shown["codes"][-1]["stage"]) == ("choose", "model")
