"""Whether the codes of one label say the same: what they contradict each other in, a person sees.

The phone's twin is `pwa/src/scan/crosschecks.ts`; `sync/vectors/facts.json` holds both.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from sync.facts import Fact, FactKind


class Contradiction(StrEnum):
    """What two codes of a label disagree on."""

    MAC = "mac-differs"
    SSID = "ssid-differs"


_SQUARE: Final = frozenset({"qr_code", "data_matrix", "pdf417"})
_MACS: Final = frozenset({FactKind.MAC, FactKind.URL})
_TAIL: Final = re.compile(r"[-_ ]([0-9A-F]{4,6})$")
# The radios of a gateway have addresses beside its own, which the label prints.
NEAR: Final = 16


def contradictions(facts: Iterable[Fact]) -> tuple[Contradiction, ...]:
    """What the facts of one label contradict each other in; a label of one code in nothing."""
    found = tuple(facts)
    wrong = (Contradiction.MAC, _macs_differ(found)), (Contradiction.SSID, _ssid_differs(found))
    return tuple(each for each, is_so in wrong if is_so)


def _macs_differ(facts: tuple[Fact, ...]) -> bool:
    """A code of squares and a barcode that name a MAC must have one in common."""
    macs = [fact for fact in facts if fact.kind in _MACS]
    square = {fact.value for fact in macs if fact.symbology in _SQUARE}
    linear = {fact.value for fact in macs if fact.symbology not in _SQUARE}
    return bool(square and linear) and square.isdisjoint(linear)


def _ssid_differs(facts: tuple[Fact, ...]) -> bool:
    """A network's name that ends in hex digits ends as a MAC of the label does, or nearly."""
    macs = [fact.value for fact in facts if fact.kind in _MACS]
    names = [fact.value.upper() for fact in facts if fact.kind is FactKind.WIFI]
    tails = [found[1] for name in names if (found := _TAIL.search(name))]
    return bool(macs) and any(not any(_is_near(tail, mac) for mac in macs) for tail in tails)


def _is_near(tail: str, mac: str) -> bool:
    size = int(16 ** len(tail))
    apart = abs(int(tail, 16) - int(mac[-len(tail) :], 16))
    return min(apart, size - apart) <= NEAR
