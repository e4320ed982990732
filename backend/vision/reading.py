"""From a photo to typed codes and the serial they offer: what the door and the worker share."""

from typing import Final, NamedTuple

import msgspec

from backend.vision.decode import Decoder
from sync.facts import Choice, Fact, choice, facts_of, may_accept

CODE_CHARACTERS: Final = 512


class ReadCode(msgspec.Struct, frozen=True):
    """One code of a photo as the wire has it; `type` is its kind of fact, `value` its normal form.

    Both are cut at CODE_CHARACTERS: they go into cells, and to every phone that holds the visit.
    `text` never holds a Wi-Fi key.
    """

    text: str
    symbology: str
    type: str
    value: str


class Label(NamedTuple):
    """What a photo says."""

    codes: tuple[ReadCode, ...]
    choice: Choice

    @property
    def is_unread(self) -> bool:
        """Whether it is a photo on which no serial was found."""
        return self is not UNREADABLE and not self.choice.serials


UNREADABLE = Label((), choice(()))


class LabelReader:
    """Reads labels with `decoder`; `sticker_host` is the host name on the ISP's own stickers."""

    def __init__(self, decoder: Decoder, sticker_host: str = "") -> None:
        self._decoder = decoder
        self._sticker_host = sticker_host

    async def read(self, photo: bytes) -> Label:
        """The codes of a JPEG, PNG or WebP; raises what `Decoder.decode` raises."""
        found = await self._decoder.decode(photo)
        said = [
            (fact, len(code.readers))
            for code in found
            for fact in facts_of(code.text, code.symbology, self._sticker_host)
        ]
        facts = [fact for fact, _ in said]
        sure = {fact.value for fact, readers in said if may_accept(fact, readers)}
        doubted = {fact.value for fact in facts} - sure
        return Label(tuple(_read_code(fact) for fact in facts), choice(facts, doubted))


def with_candidates(label: Label, facts: tuple[Fact, ...]) -> Label:
    """The label with facts that nobody has seen in a code: each waits for a person."""
    codes = tuple(_read_code(fact) for fact in facts)
    return Label((*label.codes, *codes), choice(facts, {fact.value for fact in facts}))


def _read_code(fact: Fact) -> ReadCode:
    text, value = fact.text[:CODE_CHARACTERS], fact.value[:CODE_CHARACTERS]
    return ReadCode(text, fact.symbology, fact.kind.value, value)
