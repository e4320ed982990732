"""Who refused which credential: a modem is left alone for a while, a credential is held back.

A modem locks its web interface after five wrong passwords, and says "wrong password" also when it
is locked (code 71233): so it is never tried twice in a row. Three modems that refuse one
credential mean that the credential is wrong, and the whole network is spared.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from backend.modem_bridge.trouble import Kind, Trouble

HOLD_S: Final = 300.0  # the lock of public descriptions of this family
MODEMS: Final = 3
DAY_S: Final = 86_400.0


class Standing(msgspec.Struct, frozen=True):
    """What an operator sees of a credential; `modems` are those that refused it since a success."""

    name: str
    held: bool
    modems: tuple[str, ...]


class _Account:
    """One credential: closed, or held since a moment, with one trial at a time after a day."""

    def __init__(self) -> None:
        self.modems: dict[str, None] = {}
        self.held_at: float | None = None
        self.trial = False


class Refusals:
    """The memory of one process; `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._accounts: dict[str, _Account] = {}
        self._held: dict[str, float] = {}

    def admit(self, credential: str, modem: str) -> None:
        """Let a check begin. Raises Trouble (modem-held, credential-held)."""
        now = self._clock()
        self._held = {name: until for name, until in self._held.items() if until > now}
        if modem in self._held:
            raise Trouble(Kind.MODEM_HELD, f"{self._held[modem] - now:.0f} s")
        account = self._account(credential)
        if account.held_at is None:
            return
        if account.trial or now - account.held_at < DAY_S:
            raise Trouble(Kind.CREDENTIAL_HELD, credential)
        account.trial = True

    def refused(self, credential: str, modem: str) -> None:
        """The modem said no to a login."""
        now = self._clock()
        self._held[modem] = now + HOLD_S
        account = self._account(credential)
        account.modems[modem] = None
        if account.trial or len(account.modems) >= MODEMS:
            account.held_at = now
        account.trial = False

    def accepted(self, credential: str) -> None:
        """A modem let it in, so it is right."""
        self._accounts.pop(credential, None)

    def undecided(self, credential: str) -> None:
        """The check ended before any login was judged: a trial may be had by another modem."""
        self._account(credential).trial = False

    def try_again(self, credential: str) -> None:
        """An operator's word: one modem may be tried with it."""
        account = self._account(credential)
        if account.held_at is not None:
            account.held_at = self._clock() - DAY_S

    def standing(self, credential: str) -> Standing:
        """What is known of a credential."""
        account = self._account(credential)
        return Standing(credential, account.held_at is not None, tuple(account.modems))

    def _account(self, credential: str) -> _Account:
        return self._accounts.setdefault(credential, _Account())
