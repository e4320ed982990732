"""What a text read off a label is, and which serial it offers: typed facts, never a guess.

Symbology first, form second: every UPC-A has the form of a MAC. What the phone decides itself, the
serials that codes offer and what a typed number is, it decides alike (`pwa/src/tech/codes.ts`):
both are held by the golden cases, `sync/vectors/facts.json`. Symbologies have the names of the W3C
Shape Detection API (https://wicg.github.io/shape-detection-api/#barcodeformat-section).
"""

import re
from collections.abc import Container, Iterable
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from sync.data_identifiers import message_fields
from sync.gpon import gpon_serial


class FactKind(StrEnum):
    """The kinds of fact a label holds."""

    GPON_SERIAL = "gpon-serial"
    MAC = "mac"
    GTIN = "gtin"
    URL = "url"
    SERIAL = "serial"
    MODEL = "model"
    WIFI = "wifi"
    TEXT = "text"


class Fact(NamedTuple):
    """One code, typed. `value` is the normal form; `text` is as read, a Wi-Fi key left out."""

    kind: FactKind
    value: str
    text: str
    symbology: str


class Choice(NamedTuple):
    """What may become of a label: one serial is read, several are a human's to choose from."""

    state: Literal["read", "choose", "unreadable"]
    serials: tuple[Fact, ...]


_RETAIL: Final = {
    "ean_8": (8,),
    "ean_13": (13,),
    "upc_a": (12,),
    "upc_e": (8, 12),
    "itf": (14,),  # shorter ITF reads are mostly parts of a longer, damaged code
}
# Readings that must agree. Code 39 has no check symbol and is never enough; the one digit of retail
# codes lets every tenth error pass: two decoders have been seen to make the same.
_READERS_NEEDED: Final = {
    "code_128": 2,
    "code_93": 2,
    "qr_code": 2,
    "data_matrix": 2,
    "pdf417": 2,
    "ean_8": 3,
    "ean_13": 3,
    "upc_a": 3,
    "itf": 3,
}
_PREFIX: Final = re.compile(
    r"(?P<label>S/?N|SERIAL(?: ?NO\.?| ?NUMBER)?|(?:GPON|ONT|PON) ?S/?N|MAC(?: ?ADDRESS| ?ID)?)"
    r"[ \t]*[:=#][ \t]*",
    re.IGNORECASE | re.ASCII,
)
_SAID_BY: Final = {"S": "S/N:", "23S": "MAC:"}
_BARE_MAC: Final = re.compile(r"[0-9A-F]{12}")
_WRITTEN_MAC: Final = re.compile(
    r"(?:[0-9A-F]{2}([:\- ])(?:[0-9A-F]{2}\1){4}[0-9A-F]{2})|(?:[0-9A-F]{4}\.){2}[0-9A-F]{4}"
)
_SERIAL: Final = re.compile(r"(?=.*[0-9])[0-9A-Za-z]{6,20}")
# A model number has hyphens too: they are a serial's only when somebody says that it is one.
_SAID_SERIAL: Final = re.compile(r"(?=.*[0-9])[0-9A-Za-z](?:-?[0-9A-Za-z]){5,19}")
# A QR code in capitals is smaller: stickers may be printed so.
_STICKER: Final = re.compile(r"https?://([^/?#]+)/q/([0-9A-F:\-]{12,17})/?", re.I | re.ASCII)
# Wherever it stands: what follows may hold a key, whatever a label or a field before it says.
_WIFI: Final = re.compile("WIFI:", re.IGNORECASE | re.ASCII)
_WIFI_FIELD: Final = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9]*):(?P<value>(?:\\.|[^;\\])*)(?:;|$)")
_WIFI_SHOWN: Final = frozenset({"T", "S", "H"})


def classify(text: str, symbology: str, sticker_host: str = "") -> Fact:
    """The fact that `text` of a code of `symbology` states.

    `sticker_host` is the host name of the ISP's own stickers; "" means that it has none.
    """
    plain = text.strip(" \t\r\n")
    if joins := _WIFI.search(plain):
        return _wifi(plain[joins.end() :], symbology)
    if symbology in _RETAIL:
        kind = FactKind.GTIN if _is_gtin(plain, _RETAIL[symbology]) else FactKind.TEXT
        return Fact(kind, plain, text, symbology)
    if mac := _sticker_mac(plain, sticker_host):
        return Fact(FactKind.URL, mac, text, symbology)
    prefix = _PREFIX.match(plain)
    label = prefix["label"].upper() if prefix else ""
    kind, value = _typed(plain[prefix.end() :] if prefix else plain, label)
    return Fact(kind, value, text, symbology)


def facts_of(text: str, symbology: str, sticker_host: str = "") -> tuple[Fact, ...]:
    """All facts that a code states: a message of ISO/IEC 15434 has several, any other text one."""
    fields = () if _WIFI.search(text) else message_fields(text)
    if not fields:
        return (classify(text, symbology, sticker_host),)
    return tuple(_field(*field, symbology) for field in fields)


def acceptable_serials(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The serials that `facts` offer, each value once, the best first; a MAC is never one."""
    found = tuple(facts)
    macs = {f.value for f in found if f.kind in (FactKind.MAC, FactKind.URL)}
    offered: dict[str, Fact] = {}
    for kind in (FactKind.GPON_SERIAL, FactKind.SERIAL):
        for fact in found:
            if fact.kind is kind and fact.value not in macs:
                offered.setdefault(fact.value, fact)
    return tuple(offered.values())


def choice(facts: Iterable[Fact], doubted: Container[str] = ()) -> Choice:
    """One acceptable serial is `read`; two are never chosen between in silence.

    A value in `doubted` is shown to a person first, even when it is the only one.
    """
    serials = acceptable_serials(facts)
    if len(serials) == 1 and serials[0].value not in doubted:
        return Choice("read", serials)
    return Choice("choose" if serials else "unreadable", serials)


def may_accept(fact: Fact, readers: int, *, is_known: bool = False) -> bool:
    """Whether a fact that so many independent readings agree on needs no person to confirm it.

    A reading is independent when another decoder made it, or the same one of another picture of the
    code. The code must check itself, and the text must have a form that noise does not have. Of
    equipment that is on file (`is_known`) one reading will do: noise does not hit its serial.
    """
    needed = _READERS_NEEDED.get(fact.symbology, 0)
    return fact.kind is not FactKind.TEXT and 0 < min(needed, 1 if is_known else needed) <= readers


def _field(identifier: str, value: str, symbology: str) -> Fact:
    """ANSI MH10.8.2: S a serial, 23S a MAC, P and 1P a part; H is a maker's own, mostly a MAC."""
    fact = classify(_SAID_BY.get(identifier, "") + value, symbology)
    if identifier in ("P", "1P"):
        fact = fact._replace(kind=FactKind.MODEL, value=value)
    elif identifier not in _SAID_BY and fact.kind is not FactKind.MAC:
        fact = fact._replace(kind=FactKind.TEXT, value=value)
    return fact._replace(text=identifier + value)


def _typed(plain: str, label: str) -> tuple[FactKind, str]:
    """What a text is; a printed label ("S/N:", "MAC:") settles what its form leaves open."""
    upper, says_mac = plain.upper(), label.startswith("MAC")
    says_serial = label != "" and not says_mac
    if not says_mac and (gpon := gpon_serial(upper)):
        return FactKind.GPON_SERIAL, gpon
    if not says_serial and (mac := _mac(upper, said=says_mac)):
        return FactKind.MAC, mac
    if not says_mac and (_SAID_SERIAL if says_serial else _SERIAL).fullmatch(plain):
        return FactKind.SERIAL, upper
    return FactKind.TEXT, plain


def _mac(upper: str, *, said: bool) -> str:
    """IEEE Std 802 section 8.2: bit 0 of the first octet is multicast, bit 1 locally administered.

    No interface has a multicast address. A label carries the maker's universal address, so twelve
    digits with the local bit are one only when they are written as one.
    """
    written = bool(_WRITTEN_MAC.fullmatch(upper))
    digits = re.sub(r"[:\-. ]", "", upper) if written else upper
    if not _BARE_MAC.fullmatch(digits) or digits in ("0" * 12, "F" * 12):
        return ""
    first = int(digits[:2], 16)
    is_local = bool(first & 2) and not (written or said)
    return "" if first & 1 or is_local else digits


def _is_gtin(plain: str, lengths: tuple[int, ...]) -> bool:
    """GS1 General Specifications section 7.9.1: weights 3 and 1 from the right, sum 0 modulo 10."""
    if len(plain) not in lengths or not (plain.isascii() and plain.isdigit()):
        return False
    full = _upc_a(plain) if len(plain) == 8 and 12 in lengths else plain
    return sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(reversed(full))) % 10 == 0


def _upc_a(short: str) -> str:
    """GS1 General Specifications section 5.2.2.4.2: the UPC-A whose zeros a UPC-E leaves out."""
    system, body, check = short[0], short[1:7], short[7]
    match body[5]:
        case "0" | "1" | "2":
            middle = f"{body[:2]}{body[5]}0000{body[2:5]}"
        case "3":
            middle = f"{body[:3]}00000{body[3:5]}"
        case "4":
            middle = f"{body[:4]}00000{body[4]}"
        case _:
            middle = f"{body[:5]}0000{body[5]}"
    return f"{system}{middle}{check}"


def _sticker_mac(plain: str, host: str) -> str:
    """The MAC of the ISP's sticker `https://HOST/q/{mac}`; other addresses mean nothing to us."""
    found = _STICKER.fullmatch(plain)
    if not host or not found or found[1].lower() != host.lower():
        return ""
    return _mac(found[2].upper(), said=True)


def _wifi(told: str, symbology: str) -> Fact:
    """What follows WIFI: says how to join a network: its name is the value, its key goes no
    further."""
    fields = [(f["name"].upper(), f["value"]) for f in _WIFI_FIELD.finditer(told)]
    shown = "".join(f"{name}:{value};" for name, value in fields if name in _WIFI_SHOWN)
    ssid = next((value for name, value in fields if name == "S"), "")
    return Fact(FactKind.WIFI, re.sub(r"\\(.)", r"\1", ssid), f"WIFI:{shown};", symbology)
