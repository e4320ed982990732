"""What every technician's page needs of the installation, wired once by the app."""

from collections.abc import Callable
from typing import Final

from backend.auth.address import networks
from backend.auth.misses import Misses
from backend.errors import NotBuilt, NotFound
from backend.settings import Settings
from backend.tech.dist import Dist, File
from backend.tech.render import Pages

# Of a code's tries from one neighbourhood; docs/security.md row 2.
CODE_TRIES: Final = 5
CODE_WINDOW_S: Final = 600.0


class Site:
    """Settings, the build (None when the server has none), and the limits of missed links and
    codes, by a `clock` of seconds.

    Raises ValueError when a configured proxy is no address.
    """

    def __init__(self, settings: Settings, dist: Dist | None, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.misses = Misses(clock)
        self.code_misses = Misses(clock, CODE_TRIES, CODE_WINDOW_S)
        self.proxies = networks(settings.staff.proxy_addresses)
        self._dist = dist

    @property
    def pages(self) -> Pages:
        """The pages of the build; raises NotBuilt."""
        return self._built().pages

    def file(self, name: str) -> File:
        """A file of the build; raises NotBuilt or NotFound."""
        if (found := self._built().files.get(name)) is None:
            raise NotFound(name)
        return found

    def _built(self) -> Dist:
        if self._dist is None:
            raise NotBuilt
        return self._dist
