"""A phone of the Node process, as its person and the network have it."""

import base64
import json
import zlib
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final, Literal, NamedTuple

import msgspec

from tests.simulation.node.process import NodeProcess

SYNC: Final = "/api/sync"
_GZIP: Final = 31

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


class Page(NamedTuple):
    """One page of one phone; its name, and whose work is done on it."""

    node: NodeProcess
    phone: str
    page: str
    technician: Technician

    def open(self, device: str, seed: str, day: bytes = b"") -> None:
        """Start the app, with the day if the page came with one; `seed` makes its random bytes."""
        key, name = self.technician
        person = {"technician": key[-4:], "name": name, "device": device}
        self._call("open", person | ({"day": json.loads(day)} if day else {}), seed)

    def is_open(self) -> bool:
        """Whether the page lives."""
        return bool(self._call("isOpen"))

    def tap(self, draft: dict[str, Any], photos: Sequence[bytes] = ()) -> str:
        """The id that the page gave when it said that the tap is kept; "" when it never said so."""
        taken = [base64.b64encode(each).decode() for each in photos]
        return str(self._call("tap", draft, taken).get("id", ""))

    def retry(self, mutation: str) -> None:
        """Send a refused mutation again, under a new id."""
        self._call("retry", mutation)

    def abandon(self, mutation: str) -> None:
        """Set a mutation aside, or take it back."""
        self._call("abandon", mutation, "erreur")

    def next(self) -> Request | None:
        """What leaves the phone now; None when it has nothing to say."""
        sent = self._call("next")
        if sent is None:
            return None
        return Request(**sent | {"body": base64.b64decode(sent["body"])})

    def answer(self, request: Request, response: Response) -> None:
        """Bring an answer, however late."""
        body = base64.b64encode(response.body).decode()
        answer = {"status": response.status, "headers": response.headers, "body": body}
        self._call("answer", request.id, answer)

    def fail(self, request: Request) -> None:
        """The connection breaks."""
        self._call("fail", request.id)

    def befall(self, commits: int, how: Accident) -> None:
        """What happens at the `commits`-th commit from now (`door.ts`)."""
        self._call("befall", {"commits": commits, "how": how})

    def kill(self) -> None:
        """The page dies where it stands."""
        self._call("kill")

    def wake(self) -> None:
        """The person looks at the page again."""
        self._call("wake")

    def elapse(self, ms: int) -> None:
        """Time goes by on this phone."""
        self._call("elapse", ms)

    def set_clock(self, now_ms: int) -> None:
        """What the device shows from now on."""
        self._call("setClock", now_ms)

    def see(self) -> dict[str, Any]:
        """The snapshot that the screens render (`pwa/src/sync/types.ts`)."""
        seen: dict[str, Any] = self._call("see")
        return seen

    def exported(self) -> str:
        """Everything that the phone keeps."""
        return str(self._call("export"))

    def evict(self) -> None:
        """The browser throws the databases away; the pages die."""
        self._call("evict")

    def import_(self, copy: str) -> None:
        """The phone keeps this instead; its pages die."""
        self._call("import", copy)

    def _call(self, command: str, *args: Any) -> Any:
        return self.node.call(command, {"phone": self.phone, "page": self.page}, *args)
