"""The seam: what a world asks of its phones, whoever plays them.

A page is stepwise and synchronous: nothing happens on it between two calls, and the world decides
by its seed which call comes next.
"""

import json
import zlib
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final, Literal, NamedTuple, Protocol

import msgspec

SYNC: Final = "/api/sync"
_GZIP: Final = 31

# What befalls a commit: it is the last thing that the page does, or never came to be, or fails.
Accident = Literal["kept", "lost", "refused"]


class Technician(NamedTuple):
    """Who holds a phone: his record's key and his name."""

    key: str
    name: str


class Response(NamedTuple):
    """What goes back to a phone."""

    status: int
    body: bytes
    headers: dict[str, str] = {}  # noqa: RUF012  (never written to)

    @property
    def text(self) -> dict[str, Any]:
        """What it says of a sync, {} when it says nothing of one."""
        if self.status != HTTPStatus.OK or not self.body:
            return {}
        decoded: dict[str, Any] = msgspec.json.decode(self.body)
        return decoded

    @property
    def verdicts(self) -> list[str]:
        """The mutations that it answers by name."""
        return [id_ for id_, *_ in self.text.get("verdicts", ())]

    @property
    def is_last(self) -> bool:
        """Whether it leaves a phone nothing to ask or to say again."""
        changes = self.text.get("changes", {})
        return not (changes.get("more") or changes.get("reset") or "refusal" in self.text)


class Request(NamedTuple):
    """What left the phone; `id` names it to the phone alone."""

    id: int
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def encoding(self) -> str:
        """How the body is compressed, "" when it is not."""
        return self.headers.get("Content-Encoding", "")

    @property
    def text(self) -> dict[str, Any]:
        """A sync request as it was meant."""
        plain = zlib.decompress(self.body, _GZIP) if self.encoding else self.body
        decoded: dict[str, Any] = json.loads(plain)
        return decoded

    @property
    def is_idle(self) -> bool:
        """Whether it only asks for news."""
        return self.path == SYNC and not self.text["mutations"]


class Page(Protocol):
    """One page of one phone; `phone` and `page` are their names."""

    @property
    def phone(self) -> str:
        """The name of the phone that it is on."""
        ...

    @property
    def page(self) -> str:
        """Its name on this phone."""
        ...

    @property
    def technician(self) -> Technician:
        """Whose work is done on it."""
        ...

    def open(self, device: str, seed: str, day: bytes = b"") -> None:
        """Start the app, with the day if the page came with one; `seed` makes its random bytes."""
        ...

    def is_open(self) -> bool:
        """Whether the page lives."""
        ...

    def tap(self, draft: dict[str, Any], photos: Sequence[bytes] = ()) -> str:
        """The id that the page gave when it said that the tap is kept; "" when it never said so."""
        ...

    def retry(self, mutation: str) -> None:
        """Send a refused mutation again, under a new id."""
        ...

    def abandon(self, mutation: str) -> None:
        """Set a mutation aside, or take it back."""
        ...

    def next(self) -> Request | None:
        """What leaves the phone now; None when it has nothing to say."""
        ...

    def answer(self, request: Request, response: Response) -> None:
        """Bring an answer, however late."""
        ...

    def fail(self, request: Request) -> None:
        """The connection breaks."""
        ...

    def befall(self, commits: int, how: Accident) -> None:
        """What happens at the `commits`-th commit from now."""
        ...

    def kill(self) -> None:
        """The page dies where it stands."""
        ...

    def wake(self) -> None:
        """The person looks at the page again."""
        ...

    def elapse(self, ms: int) -> None:
        """Time goes by on this phone."""
        ...

    def set_clock(self, now_ms: int) -> None:
        """What the device shows from now on, UTC ms."""
        ...

    def see(self) -> dict[str, Any]:
        """The snapshot that the screens render (`pwa/src/sync/types.ts`)."""
        ...

    def exported(self) -> Any:
        """Everything that the phone keeps; opaque to the world."""
        ...

    def evict(self) -> None:
        """The browser throws the databases away; the pages die."""
        ...

    def import_(self, copy: Any) -> None:
        """The phone keeps this instead; its pages die."""
        ...


class Means(NamedTuple):
    """What a driver can play, and at what pace.

    `pages` are the names of the pages that a phone may have, `accidents` what can befall them;
    after `idles` requests in a row that only ask for news, a page has nothing more to say. A day
    has `steps` acts.
    """

    pages: tuple[str, ...]
    accidents: tuple[Accident, ...]
    has_photos: bool
    idles: int
    steps: int


class Driver(Protocol):
    """Who plays the phones of a run."""

    @property
    def means(self) -> Means:
        """What he can play."""
        ...

    def begin(self) -> None:
        """Another run begins: no phone is left."""
        ...

    def page(self, phone: str, page: str, technician: Technician) -> Page:
        """A page that is not open yet."""
        ...
