"""What every part of the ERPNext connection works with: site, store, mapping, clock, ids."""

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

from backend.erp.client import ErpClient
from backend.erp.mapping import Mapping
from backend.store.clock import Clock
from backend.store.connection import Connection

Result = TypeVar("Result")


class Writer(Protocol):
    """Runs a store function inside a write transaction (`backend.store.writer.Writer`)."""

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """Its result, once committed."""
        ...


class Tools(NamedTuple):
    """What the work needs from outside; `clock` gives the instant and the site's date."""

    client: ErpClient
    writer: Writer
    mapping: Mapping
    clock: Callable[[], Clock]
    new_id: Callable[[], str]
