"""Checks what a model says it read: serials by the type rules, invoices by their arithmetic."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from backend.vision.questions import SaidCodes, SaidEquipment, SaidInvoice
from sync.facts import Fact, FactKind, classify

# The name that the W3C Shape Detection API has for no symbology: a person must confirm the fact.
UNSEEN: Final = "unknown"
CENT: Final = Decimal("0.01")
TPS: Final = Decimal("0.05")  # Excise Tax Act, section 165
TVQ: Final = Decimal("0.09975")  # Loi sur la taxe de vente du Québec, article 16


def candidates(said: SaidCodes) -> tuple[Fact, ...]:
    """The facts among what was said, each value once; what has no form of one is dropped."""
    facts = (classify(code.value, UNSEEN) for code in said.codes)
    kept = (fact for fact in facts if fact.kind not in (FactKind.TEXT, FactKind.WIFI))
    return tuple({(fact.kind, fact.value): fact for fact in kept}.values())


def equipment_facts(said: SaidEquipment) -> tuple[Fact, ...]:
    """The serials and the MAC that equipment is said to have, those that have the form of one."""
    wanted = (
        (FactKind.GPON_SERIAL, "S/N:", said.gpon_serial),
        (FactKind.SERIAL, "S/N:", said.serial),
        (FactKind.MAC, "MAC:", said.mac),
    )
    facts = [(kind, classify(label + text, UNSEEN)) for kind, label, text in wanted if text]
    serials = (FactKind.GPON_SERIAL, FactKind.SERIAL)
    return tuple(
        fact
        for kind, fact in facts
        if fact.kind is kind or (kind is FactKind.SERIAL and fact.kind in serials)
    )


def names_of(said: SaidEquipment) -> dict[str, str]:
    """The `brand`, `model` and `ssid` that equipment is said to have, those that are said; of a
    Wi-Fi code that the model copied its network's name alone, for the key goes no further."""
    names = {"brand": said.brand, "model": said.model, "ssid": said.ssid}
    told = {name: classify(text, UNSEEN) for name, text in names.items() if text}
    return {
        name: fact.value if fact.kind is FactKind.WIFI else fact.text for name, fact in told.items()
    }


def doubts(invoice: SaidInvoice) -> tuple[str, ...]:
    """The names of the amounts that do not add up, "line 1" the first; none when all do.

    A tax may be less than its rate of the subtotal, for some goods bear none; never more.
    """
    return tuple(_doubts(invoice))


def _doubts(invoice: SaidInvoice) -> Iterator[str]:
    for place, line in enumerate(invoice.lines, start=1):
        if abs(line.quantity * line.unit_price - line.total) > CENT:
            yield f"line {place}"
    if abs(sum((line.total for line in invoice.lines), Decimal()) - invoice.subtotal) > CENT:
        yield "subtotal"
    if not 0 <= invoice.tps <= invoice.subtotal * TPS + CENT:
        yield "tps"
    if not 0 <= invoice.tvq <= invoice.subtotal * TVQ + CENT:
        yield "tvq"
    if abs(invoice.subtotal + invoice.tps + invoice.tvq - invoice.total) > CENT:
        yield "total"
