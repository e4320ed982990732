"""What passes between the bridge and a worker process: one JSON line each way."""

from typing import Final

import msgspec

from backend.modem_bridge.credentials import Cipher
from backend.modem_bridge.reading import Wanted

LINE_BYTES: Final = 2 * 1024 * 1024
# The worker gives up by itself, logs out, and is killed when it does not.
READ_S: Final = 9.0
LOGOUT_S: Final = 2.0
KILL_S: Final = READ_S + LOGOUT_S + 3.0
ANSWER_S: Final = 4.0  # the modem's for one request


class Job(msgspec.Struct, frozen=True):
    """One modem to read; `url` has no slash at its end."""

    url: str
    user: str
    password: str
    cipher: Cipher
    wanted: tuple[Wanted, ...]
    read_s: float = READ_S

    def __repr__(self) -> str:
        """Without the password."""
        return f"Job({self.url!r})"
