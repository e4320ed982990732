"""What a model said of a photo that waited in the queue, as the visit's cells have it."""

from typing import Any, Final

import msgspec

from backend.vision.claims import doubts, equipment_facts, names_of
from backend.vision.questions import EQUIPMENT, INVOICE, Question, SaidEquipment, SaidInvoice
from backend.vision.reading import GEMINI, MODEL, read_code

# By `what` a scan is a photo of; a label is read by the decoders first.
QUESTIONS: Final[dict[str, Question[Any]]] = {"equipment": EQUIPMENT, "invoice": INVOICE}


def found(said: SaidEquipment | SaidInvoice | None) -> dict[str, Any]:
    """The arguments `state`, `codes` and `said` of `scan-read`; all of it is for a person to check.

    None is a photo that the model made nothing of.
    """
    match said:
        case SaidEquipment():
            return _equipment(said)
        case SaidInvoice():
            told = msgspec.to_builtins(said) | {"doubts": list(doubts(said))}
            return {"state": "choose", "codes": [], "said": told}
        case None:
            return {"state": "unreadable", "codes": []}


def _equipment(said: SaidEquipment) -> dict[str, Any]:
    codes = [read_code(fact, MODEL, (GEMINI,)) for fact in equipment_facts(said)]
    told = names_of(said)
    state = "choose" if codes or told else "unreadable"
    return {"state": state, "codes": msgspec.to_builtins(codes), "said": told}
