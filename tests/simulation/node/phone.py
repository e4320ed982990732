"""The phones of the Node process: each page is a door to the shipped sync."""

import base64
import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from tests.simulation.node.process import NodeProcess
from tests.simulation.phone import Accident, Means, Request, Response, Technician


class NodePage(NamedTuple):
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


class NodeDriver:
    """Plays everything that the shipped sync can do."""

    # Twice idle: after the first come its photos.
    means: Final = Means(
        ("first", "second"), ("kept", "lost", "refused"), has_photos=True, idles=2, steps=90
    )

    def __init__(self, node: NodeProcess) -> None:
        self._node = node

    def begin(self) -> None:
        """Another run begins: no phone is left."""
        self._node.call("forget")

    def page(self, phone: str, page: str, technician: Technician) -> NodePage:
        """A page that is not open yet."""
        return NodePage(self._node, phone, page, technician)
