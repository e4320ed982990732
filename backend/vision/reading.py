"""From a photo to typed codes and the serial they offer: what the door and the worker share."""

import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from backend.vision.decode import Decoder
from sync.crosschecks import contradictions
from sync.facts import Choice, Fact, FactKind, choice, facts_of, may_accept

CODE_CHARACTERS: Final = 512
SERVER: Final = "server"
MODEL: Final = "model"
GEMINI: Final = "gemini/"
FILE: Final = "file/mac"


class ReadCode(msgspec.Struct, frozen=True):
    """One code of a photo as the wire has it; `type` is its kind of fact, `value` its normal form.

    Both are cut at CODE_CHARACTERS: they go into cells, and to every phone that holds the visit.
    `text` never holds a Wi-Fi key. `stage` is server or model, `decoder` and `step` who read it
    first and how.
    """

    text: str
    symbology: str
    type: str
    value: str
    stage: str = ""
    decoder: str = ""
    step: str = ""


class Label(NamedTuple):
    """What a photo says, read in `ms` milliseconds; `contradicts`: its codes do not agree."""

    codes: tuple[ReadCode, ...]
    choice: Choice
    ms: int = 0
    contradicts: bool = False

    @property
    def is_unread(self) -> bool:
        """Whether it is a photo on which no serial was found."""
        return self is not UNREADABLE and not self.choice.serials

    @property
    def model(self) -> str:
        """The model that it names, "" when it names none."""
        return next((code.value for code in self.codes if code.type == FactKind.MODEL), "")

    @property
    def address(self) -> str:
        """The one MAC that it shows, in a sticker's address too; "" when it shows none or two."""
        shown = {code.value for code in self.codes if code.type in (FactKind.MAC, FactKind.URL)}
        return shown.pop() if len(shown) == 1 else ""

    def doubted(self) -> "Label":
        """The same, for a person to confirm."""
        return self._replace(choice=self.choice._replace(state="choose"))

    def code_of(self, serial: Fact) -> ReadCode:
        """The code that states one of its serials."""
        return next(code for code in self.codes if code.value == serial.value[:CODE_CHARACTERS])


UNREADABLE = Label((), choice(()))


class LabelReader:
    """Reads labels with `decoder`; `sticker_host` is the host name on the ISP's own stickers,
    `timer` gives seconds."""

    def __init__(
        self,
        decoder: Decoder,
        sticker_host: str = "",
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._decoder = decoder
        self._sticker_host = sticker_host
        self._timer = timer

    async def read(self, photo: bytes) -> Label:
        """The codes of a JPEG, PNG or WebP; raises what `Decoder.decode` raises."""
        began = self._timer()
        found = await self._decoder.decode(photo)
        ms = round((self._timer() - began) * 1000)
        said = [
            (fact, code.readers)
            for code in found
            for fact in facts_of(code.text, code.symbology, self._sticker_host)
        ]
        facts = [fact for fact, _ in said]
        sure = {fact.value for fact, readers in said if may_accept(fact, len(readers))}
        contradicts = bool(contradictions(facts))
        doubted = {fact.value for fact in facts} - (set() if contradicts else sure)
        codes = tuple(read_code(fact, SERVER, readers) for fact, readers in said)
        return Label(codes, choice(facts, doubted), ms, contradicts)


def confirmed_by_file(label: Label) -> Label:
    """The label whose one serial is that of equipment on file: one sound reading then does."""
    serials = label.choice.serials
    sound = len(serials) == 1 and may_accept(serials[0], 1, is_known=True)
    if label.contradicts or not sound:
        return label
    return label._replace(choice=Choice("read", serials))


def with_candidates(label: Label, facts: tuple[Fact, ...], stage: str, reader: str) -> Label:
    """The label with facts that nobody has seen in a code: each waits for a person."""
    codes = tuple(read_code(fact, stage, (reader,)) for fact in facts)
    made = choice(facts, {fact.value for fact in facts})
    return label._replace(codes=(*label.codes, *codes), choice=made)


def read_code(fact: Fact, stage: str, readers: Sequence[str]) -> ReadCode:
    """A fact as the wire has it: who read it (SERVER, MODEL), by the first of `decoder/step`."""
    text, value = fact.text[:CODE_CHARACTERS], fact.value[:CODE_CHARACTERS]
    decoder, _, step = next(iter(readers), "").partition("/")
    return ReadCode(text, fact.symbology, fact.kind.value, value, stage, decoder, step)
