"""How a link is sent, and what of an address is kept."""

import re
from typing import Final, NamedTuple, Protocol, runtime_checkable

from backend.board.links.lines import MadeLink

SMS: Final = "sms"
MAIL: Final = "mail"
DIGITS_SHOWN: Final = 4
_ADDRESS: Final = re.compile(r"[^\s@|,;:<>\"()]{1,64}@[a-z0-9.-]{1,190}", re.IGNORECASE)
_FEWEST, _MOST = 10, 15  # ITU-T E.164 has at most 15; a number here has 10
_NORTH_AMERICA: Final = "1"


@runtime_checkable  # the framework looks whether what it hands over is one
class Gateway(Protocol):
    """Who carries a message. Raises Unavailable or Refused."""

    async def send(self, to: str, text: str) -> None:
        """Hand over `text` for `to`: a number in the form +15145550100, or an address."""


class Ways(NamedTuple):
    """Who carries messages for this installation; None: nobody does, that way."""

    sms: Gateway | None = None
    mail: Gateway | None = None


class Recipient(NamedTuple):
    """Whom a message is for: the `way` it goes, the address as that wants it, what is kept."""

    way: str
    address: str
    masked: str


def recipient_of(text: str) -> Recipient | None:
    """A phone number or an e-mail address, None for what is neither."""
    if _ADDRESS.fullmatch(text.strip()):
        address = text.strip()
        return Recipient(MAIL, address, f"{address[0]}•••@{address.rpartition('@')[2]}")
    number = number_of(text)
    return Recipient(SMS, number, "•••" + number[-DIGITS_SHOWN:]) if number else None


def number_of(text: str) -> str:
    """A phone number as gateways want it (ITU-T E.164), "" for what is none; ten digits are a
    number of North America."""
    digits = "".join(each for each in text if each.isdigit())
    strange = set(text) - set("0123456789+-.() \u00a0")
    if strange or not _FEWEST <= len(digits) <= _MOST:
        return ""
    return f"+{_NORTH_AMERICA if len(digits) == _FEWEST else ''}{digits}"


def message(name: str, made: MadeLink, lang: str) -> str:
    """What a technician reads; he is "tu"."""
    english, french = f"your day in Terrain: {made.url}", f"ta journée dans Terrain : {made.url}"
    if made.code:
        english = f"open {made.url} and type this code: {made.code}"
        french = f"ouvre {made.url} et tape ce code : {made.code}"
    return f"Hi {name}, {english}" if lang == "en" else f"Bonjour {name}, {french}"
