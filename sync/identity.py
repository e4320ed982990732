"""What a piece of equipment is known by: its serial, a barcode, a MAC, each in one normal form.

A text that was read or typed is looked for in that order, and the first that is known counts.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sync.collections import collection_of, is_job
from sync.facts import FactKind, classify, facts_of
from sync.gpon import gpon_serial

# More is no serial, and no code that a label has room for.
IDENTITY_CHARACTERS: Final = 80


class Tier(StrEnum):
    """Where a piece of equipment is looked for, the surest first; by its model, only its like."""

    SERIAL = "serial"
    BARCODE = "barcode"
    MAC = "mac"
    MODEL = "model"


class Identity(NamedTuple):
    """One thing that a piece of equipment is known by, in its normal form."""

    tier: Tier
    value: str


_FIELDS: Final = {
    "serial_number": Tier.SERIAL,
    "barcode": Tier.BARCODE,
    "mac": Tier.MAC,
    "model": Tier.MODEL,
}
_SERIALS: Final = frozenset({FactKind.GPON_SERIAL, FactKind.SERIAL})
# A product code names a model, a Wi-Fi code holds a key: neither is anybody's identity.
_NOBODY: Final = frozenset({FactKind.GTIN, FactKind.WIFI, FactKind.MODEL})


def tier_of(key: str, path: str) -> Tier | None:
    """Where what a cell of equipment, or a line of it on a visit, says is looked for."""
    if is_job(key):
        return Tier.SERIAL if path.startswith("equipment/") else None
    return _FIELDS.get(path) if collection_of(key) == "equipment" else None


def stated(key: str, path: str, value: Any) -> Identity | None:
    """The identity that a cell states, None when it states none."""
    tier = tier_of(key, path)
    if tier is None:
        return None
    return _identity(tier, value.get("serial") if isinstance(value, dict) else value)


def wanted(text: str, symbology: str = "", sticker_host: str = "") -> tuple[Identity, ...]:
    """What to look for to know the equipment of a text, in order; nothing for a text of nobody.

    `symbology` is "" for what was typed.
    """
    said = [f for f in facts_of(text, symbology, sticker_host) if f.kind not in _NOBODY]
    facts = sorted(said, key=lambda fact: fact.kind not in _SERIALS)
    if not facts:
        return ()
    named = [fact.value for fact in facts if fact.kind is not FactKind.URL]
    asked = [
        *(_identity(Tier.SERIAL, value) for value in named),
        _identity(Tier.BARCODE, text),
        *(_identity(Tier.MAC, fact.value) for fact in facts),
    ]
    return tuple(dict.fromkeys(each for each in asked if each is not None))


def normal_serial(text: str) -> str:
    """Hyphens and spaces only help the eye; all forms of a GPON serial are one."""
    bare = re.sub(r"[\s-]", "", text).upper()
    return gpon_serial(bare) or bare


def _identity(tier: Tier, value: Any) -> Identity | None:
    plain = value.strip() if isinstance(value, str) else ""
    normal = _NORMAL[tier](plain) if plain else ""
    return Identity(tier, normal) if 0 < len(normal) <= IDENTITY_CHARACTERS else None


def _mac(text: str) -> str:
    fact = classify(f"MAC:{text}", "")
    return fact.value if fact.kind is FactKind.MAC else ""


_NORMAL: Final[dict[Tier, Callable[[str], str]]] = {
    Tier.SERIAL: normal_serial,
    Tier.BARCODE: str,
    Tier.MAC: _mac,
    Tier.MODEL: str.upper,
}
