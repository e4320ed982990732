"""The phone of the seam, played by the shipped sync in the Node process."""

from typing import Final

from tests.simulation.node.phone import Page, Technician
from tests.simulation.node.phone import Request as Sent
from tests.simulation.node.phone import Response as Answer
from tests.simulation.node.process import NodeProcess
from tests.simulation.phone import (
    CrashedError,
    Draft,
    Request,
    Response,
    Seen,
    State,
    Told,
)

_SHOWN: Final = {
    **dict.fromkeys(("local", "sending", "retry"), State.HERE),
    **dict.fromkeys(("received", "office_late"), State.RECEIVED),
    "done": State.FILED,
}


class NodePhone:
    """One replica: its page, and the request that is out."""

    def __init__(self, node: NodeProcess, device: str, name: str, seed: str) -> None:
        self._page = Page(node, device, "first", Technician(name, name))
        self._seed, self._starts = seed, 0
        self._out: Sent | None = None

    def tap(self, draft: Draft) -> str:
        """The id; raises CrashedError unless the page said that it is kept."""
        self._alive()
        mutation = self._page.tap(draft._asdict())
        if not mutation:
            self._alive()
            raise ValueError(f"not kept: {draft}")
        return mutation

    def ask(self) -> Request | None:
        """The next request, None while one is out or when there is nothing to say."""
        self._alive()
        if self._out is None:
            self._out = self._page.next()
            self._alive()
            return self._out and Request(*self._out[1:])
        return None

    def hear(self, response: Response | None) -> None:
        """The answer to the request that is out; None: there will be none."""
        self._alive()
        out, self._out = self._out, None
        if out and response:
            answer = Answer(response.status, response.body, response.headers)
            self._page.answer(out, answer)
        elif out:
            self._page.fail(out)
        self._alive()

    def crash_at(self, nth: int, *, kept: bool) -> None:
        """Die at the nth commit from now, after it is `kept` or before."""
        self._alive()
        self._page.befall(nth, "kept" if kept else "lost")

    def start(self) -> None:
        """Open the app again over what was durable."""
        if self._page.is_open():
            self._page.kill()
        self._starts, self._out = self._starts + 1, None
        self._page.open(self._page.phone, f"{self._seed}/{self._starts}")

    def export(self) -> object:
        """The whole database."""
        return self._page.exported()

    def import_(self, database: object) -> None:
        """Put a database in place of this phone's own; the app starts anew."""
        self._page.import_(str(database))
        self.start()

    def set_clock(self, now_ms: int) -> None:
        """What the device's clock says from now on."""
        self._page.set_clock(now_ms)

    def see(self) -> Seen:
        """What the person sees now."""
        self._alive()
        seen = self._page.see()
        told = (
            Told(each["id"], _SHOWN.get(each["state"], State.ATTENTION), each.get("reason", ""))
            for each in seen["items"]
        )
        return Seen(tuple(told), seen["rows"])

    def _alive(self) -> None:
        if not self._page.is_open():
            raise CrashedError
