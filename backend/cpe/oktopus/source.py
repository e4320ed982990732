"""Oktopus as a source of checks: off, or what a terminal says by USP, read by the TR-181 maps."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from msgspec.structs import replace

from backend.cpe.check.source import Target
from backend.cpe.genieacs.decode import summary
from backend.cpe.genieacs.parameter_map import MAPS
from backend.cpe.genieacs.tree import is_secret
from backend.cpe.oktopus.client import Controller
from backend.cpe.readings import SourceReport, SourceState, Summary
from backend.errors import Refused

ROOT: Final = "Device"  # USP knows no other data model
MAKER: Final = f"{ROOT}.DeviceInfo.Manufacturer"
_NAMES: Final = tuple(
    sorted({MAKER, *(name for each in MAPS if each.root == ROOT for name in each.names)})
)


class Oktopus:
    """One controller, None while it is switched off: then every check is told so, and nothing is
    asked. `endpoint` makes a terminal's endpoint id of its `{serial}`."""

    name = "oktopus"
    deadline_s = 34.0
    concurrency = 4
    keeps_s = 30.0
    stands_in_for = ""
    follows_start = False

    def __init__(
        self, controller: Controller | None, endpoint: str, now: Callable[[], datetime]
    ) -> None:
        self._controller, self._endpoint, self._now = controller, endpoint, now

    async def read(self, target: Target) -> Summary:
        """Raises Unavailable or Refused."""
        if self._controller is None:
            return Summary(sources=(SourceReport(state=SourceState.SKIPPED, detail="disabled"),))
        if not target.identity.serial:
            raise Refused("no-such-device")
        endpoint = self._endpoint.replace("{serial}", target.identity.serial)
        found = await self._controller.get(endpoint, _NAMES)
        return replace(summary(document_of(found, self._now())), sources=())


def document_of(found: dict[str, str], now: datetime) -> dict[str, Any]:
    """Parameters that were read now as the tree that the maps are read from; no secret is in it."""
    document: dict[str, Any] = {"_deviceId": {"_Manufacturer": found.get(MAKER, "")}}
    stamp = now.astimezone(UTC).isoformat()
    for path, value in found.items():
        if is_secret(path):
            continue
        node = document
        for part in path.split("."):
            node = node.setdefault(part, {})
        node |= {"_value": value, "_timestamp": stamp}
    return document
