"""Makes PDFs of reports: what comes in is typed evidence, the page is made here."""

from collections.abc import Callable
from typing import Final

from backend.modem_bridge.browser import Chromium
from backend.modem_bridge.trouble import Kind, Trouble

WAITING: Final = 8

Compose = Callable[[bytes], str]


class Printer:
    """`compose` makes the page to print out of a request's JSON; it raises ValueError for what is
    no report."""

    def __init__(self, chromium: Chromium, compose: Compose) -> None:
        self._chromium = chromium
        self._compose = compose
        self._waiting = 0

    async def pdf(self, body: bytes) -> bytes:
        """The report as PDF. Raises Trouble."""
        if self._waiting >= WAITING:
            raise Trouble(Kind.BUSY)
        if not self._chromium.is_there:
            raise Trouble(Kind.UNPRINTED, "no-browser")
        try:
            html = self._compose(body)
        except ValueError as error:
            raise Trouble(Kind.BAD_REPORT, str(error)) from error
        self._waiting += 1
        try:
            return await self._chromium.pdf(html)
        finally:
            self._waiting -= 1
