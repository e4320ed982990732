"""One run: some phones, one server, and a seed that decides what happens to them and when."""

import hashlib
import json
from collections import deque
from collections.abc import Iterable
from random import Random
from typing import Any, Final, NamedTuple

from tests.given import JULIE, MARC, NOW_MS
from tests.simulation.phone import Driver, Page, Request, Response, Technician
from tests.simulation.server import Server
from tests.simulation.uploads import BLOBS

TECHNICIANS: Final = (
    Technician(MARC, "Marc"),
    Technician(MARC, "Marc"),
    Technician(JULIE, "Julie"),
)
_LAST_EVENTS: Final = 80
_FROM_SERVER: Final = 0.6
_WITH_DAY: Final = 0.7
# No clock stands at a whole second, and ERPNext keeps nothing less.
_SKEWS_MS: Final = (37, 37, 90_037, 86_400_037, -3 * 86_400_000 + 37)


class Violation(NamedTuple):
    """An invariant that did not hold, and what of."""

    invariant: str
    detail: str


class Flight(NamedTuple):
    """A request on its way, or its answer; `opened` says which life of the page sent it."""

    page: Page
    opened: int
    request: Request
    response: Response | None


class Handset:
    """One phone of the run, and what is known of it without asking it."""

    def __init__(self, driver: Driver, number: int, technician: Technician) -> None:
        self.name = f"p{number}"
        self.device = f"00000000-0000-7000-8000-0000000000d{number}"
        self.technician = technician
        self.pages = {page: driver.page(self.name, page, technician) for page in driver.means.pages}
        self.opened = 0
        # The last page that the server made for it: a service worker shows it again.
        self.day = b""
        # It has sent something; its database was lost since, and no page has been opened yet.
        self.spoke = self.evicted = False
        # An older state of this phone, and what its person had been told was kept by then.
        self.copy: tuple[Any, frozenset[str]] | None = None
        # What was kept here, in order, and whether all of it came from here alone.
        self.kept: list[str] = []
        self.is_own = True
        # What this database had a verdict of when a page made its request, and the number each
        # mutation was sent by.
        self.answered: dict[str, set[str]] = {page: set() for page in self.pages}
        self.stamps: dict[tuple[str, int, str], int] = {}

    @property
    def first(self) -> Page:
        """The page that is always there."""
        return self.pages["first"]

    def overwritten(self) -> None:
        """Its database is another one from now on."""
        self.answered, self.stamps = {page: set() for page in self.pages}, {}
        self.evicted = self.is_own = False

    def catch_up(self, page: Page) -> None:
        """What this page asks from now on is asked with all the answers that there are."""
        self.answered[page.page] = set().union(*self.answered.values())


class World:
    """The state of a run. Acts change it (`acts.py`), invariants look at it."""

    def __init__(self, seed: int, driver: Driver, server: Server) -> None:
        self.seed, self.random, self.server = seed, Random(seed), server
        self.driver = driver
        driver.begin()
        self.phones = [Handset(driver, i, who) for i, who in enumerate(TECHNICIANS, 1)]
        self.flights: list[Flight] = []
        self.told: dict[str, str] = {}  # mutation -> the phone that still has to show it, or ""
        self.withdrawn: set[str] = set()
        # Those of them that never left their phone, and those that something called unreadable.
        self.kept_back: set[str] = set()
        self.unreadable: set[str] = set()
        self.verdicts: dict[str, str] = {}  # mutation -> what the server said of it
        self.losses = 0  # how often the server lost part of its history
        self.revoked: set[str] = set()  # technicians whose link is
        self.violations: list[Violation] = []
        self.events: deque[str] = deque(maxlen=_LAST_EVENTS)
        self._trace = hashlib.sha256()
        server.begin(str(seed))

    @property
    def forgot(self) -> bool:
        """Whether the server ever lost part of its history."""
        return self.losses > 0

    def start(self) -> None:
        """Every phone is opened."""
        for phone in self.phones:
            phone.first.set_clock(NOW_MS + self.random.choice(_SKEWS_MS))
            self.open(phone.first)

    def phone_of(self, page: Page) -> Handset:
        """The phone on which a page is."""
        return next(phone for phone in self.phones if phone.name == page.phone)

    def open(self, page: Page) -> None:
        """Open a page that is not: one that the server made now, or one from the cache."""
        phone = self.phone_of(page)
        phone.opened += 1
        phone.catch_up(page)
        if self.random.random() < _FROM_SERVER and page.technician.key not in self.revoked:
            phone.day = self.server.day(page.technician)
        day = phone.day if self.random.random() < _WITH_DAY else b""
        page.open(phone.device, f"{self.seed}/{phone.name}/{phone.opened}", day)
        self.say("open", page.phone, page.page, bool(day))

    def reply(self, page: Page, request: Request) -> Response:
        """What the server says, now."""
        if page.technician.key in self.revoked:
            return Response(401, b'{"error":"revoked"}')
        if request.path.startswith(BLOBS):
            return self.server.uploads.take(self.phone_of(page).device, request)
        return self.server.sync(page.technician, request.body, request.encoding)

    def say(self, *event: Any) -> None:
        """Put an event into the trace."""
        line = json.dumps(event, default=str)
        self._trace.update(line.encode() + b"\n")
        self.events.append(line)

    def blame(self, invariant: str, details: Iterable[str]) -> None:
        """Note each violation of an invariant."""
        self.violations += (Violation(invariant, detail) for detail in details)

    @property
    def trace(self) -> str:
        """The hash of everything that has happened."""
        return self._trace.hexdigest()[:16]
