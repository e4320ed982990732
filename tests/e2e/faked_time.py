"""A clock for one process, moved while it runs, by libfaketime."""

from pathlib import Path
from typing import Final

_LIBRARIES: Final = Path("/usr/lib")


class ServerClock:
    """Days ahead of this machine's clock, kept in a file that libfaketime reads at each call."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.move(days=0)

    def move(self, *, days: int) -> None:
        """From now on the process lives so many days ahead of this machine; behind it, below 0."""
        # Replaced whole: a half-written file would be another time.
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{days:+d}d\n", "utf-8")
        fresh.replace(self._file)

    def environment(self) -> dict[str, str]:
        """What the process needs. Only wall clocks move: timers go by the monotonic one."""
        found = sorted(_LIBRARIES.glob("*/faketime/libfaketimeMT.so.1"))
        assert found, "libfaketime moves the server's clock: apt-get install libfaketime"
        return {
            "LD_PRELOAD": str(found[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
