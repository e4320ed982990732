"""The demo's site: three technicians in the south of Montréal and their visits."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from backend.simulators.erpnext import demo_texts as texts
from backend.simulators.erpnext.building import add_user, empty_site, install
from backend.simulators.erpnext.field_doctypes import DEMO_DOCTYPES, OFFICE_ROLE, SYNC_ROLE
from backend.simulators.erpnext.recorded import PROVISION_USER, SYNC_USER
from backend.simulators.erpnext.schema import Doc
from backend.simulators.erpnext.site import Site

_Item = TypeVar("_Item")
CUSTOMERS: Final = 48
STOCK: Final = 12
ZONE: Final = ZoneInfo("America/Toronto")
# Index into texts.KINDS of each visit of a day, and when the technician may arrive first.
MARC_TODAY: Final = (1, 0, 1, 2, 0, 1, 3, 0)
SHORT_DAY: Final = (1, 2, 1, 0)
STARTS: Final = ("08:00", "09:15", "10:15", "11:15", "13:00", "14:00", "15:00", "16:15")


class _Lot:
    """Draws by seed: the same draws for the same seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._drawn = 0

    def number(self, below: int) -> int:
        self._drawn += 1
        digest = hashlib.sha256(f"{self._seed}:{self._drawn}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % below

    def one(self, items: Sequence[_Item]) -> _Item:
        return items[self.number(len(items))]


class _Visit(NamedTuple):
    """One planned visit; `at` counts the visits of the technician's day."""

    day: date
    at: int
    kind: int
    technician: str
    outcome: Doc


class _Home(NamedTuple):
    """A customer with a place and a line."""

    customer: str
    phone: str
    location: str
    subscription: str


def demo_site(
    day: date,
    seed: int = 1,
    now: Callable[[], datetime] | None = None,
    *,
    days: int = 2,
    customers: int = CUSTOMERS,
) -> Site:
    """A site whose technicians have visits on `day` (a date of the site's zone), on the next
    `days` working days and a few on as many behind them, at `customers` homes in turn. TECH-001
    is Marc Tremblay, with eight visits on `day`.
    `now` is the site's clock after that, the machine's by default."""
    before = datetime.combine(day, time(5, 30), ZONE) - timedelta(days=4)
    site = empty_site(lambda: before, seed, roles=[SYNC_ROLE, OFFICE_ROLE])
    install(site, DEMO_DOCTYPES)
    add_user(site, SYNC_USER, "Field Sync", [SYNC_ROLE])
    add_user(site, PROVISION_USER, "Provision", ["System Manager"])
    lot = _Lot(seed)
    for full_name, email, phone in texts.TECHNICIANS:
        site.seed_document("Technician", full_name=full_name, email=email, phone=phone)
    homes = [_home(site, lot, number) for number in range(customers)]
    _stock(site, lot)
    for number, visit in enumerate(_visits(day, days)):
        _job(site, lot, visit, homes[number % len(homes)])
    _chain(site, day)
    site.now = now or (lambda: datetime.now(UTC))
    return site


def working_days(day: date, count: int) -> list[date]:
    """The next `count` days after `day` that are no Saturday or Sunday (negative: before)."""
    step = timedelta(days=1 if count > 0 else -1)
    found: list[date] = []
    while len(found) < abs(count):
        day += step
        if day.weekday() < 5:
            found.append(day)
    return found


def _visits(day: date, days: int) -> list[_Visit]:
    past = [
        _Visit(before, at, SHORT_DAY[at], "TECH-001", _outcome(before, at))
        for before in working_days(day, -days)
        for at in range(2)
    ]
    marc = [_Visit(day, at, kind, "TECH-001", {}) for at, kind in enumerate(MARC_TODAY)]
    others = [
        _Visit(day, at, kind, technician, {})
        for technician in ("TECH-002", "TECH-003")
        for at, kind in enumerate(SHORT_DAY)
    ]
    ahead = [
        _Visit(after, at, kind, f"TECH-{technician:03}", {})
        for after in working_days(day, days)
        for technician in (1, 2, 3)
        for at, kind in enumerate(SHORT_DAY)
    ]
    last = [day, *working_days(day, days)][-1]
    waiting = [_Visit(last, 5, 1, "", {"status": "Open", "priority": "Low"})]
    return [*past, *marc, *others, *ahead, *waiting]


def _outcome(day: date, at: int) -> Doc:
    if at == 1 and day.weekday() % 2:
        return {"status": "Not Completed", "status_reason": "customer_absent"}
    started = datetime.combine(day, time.fromisoformat(STARTS[at])) + timedelta(minutes=7)
    return {
        "status": "Completed",
        "started_at": str(started),
        "completed_at": str(started + timedelta(minutes=52)),
        "tech_notes": texts.CLOSING_NOTES[at % len(texts.CLOSING_NOTES)],
    }


def _home(site: Site, lot: _Lot, number: int) -> _Home:
    name = f"{lot.one(texts.FIRST_NAMES)} {lot.one(texts.LAST_NAMES)}"
    phone = f"+145055501{number:02}"
    language = "en" if number % 9 == 8 else "fr"
    customer = site.seed_document(
        "Customer", customer_name=name, language=language, mobile_no=phone
    )["name"]
    location = site.seed_document("Service Location", **_place(lot, name, customer))["name"]
    plan, down, up = lot.one(texts.PLANS)
    subscription = site.seed_document(
        "Service Subscription",
        customer=customer,
        service_location=location,
        plan=plan,
        status="Actif",
        down_mbps=down,
        up_mbps=up,
        start_date="2025-05-01",
    )["name"]
    return _Home(customer, phone, location, subscription)


def _place(lot: _Lot, name: str, customer: str) -> Doc:
    town = lot.one(texts.TOWNS)
    street = f"{lot.number(900) + 12}, {lot.one(texts.STREETS)}"
    return {
        "location_name": f"{name}, {town.name}",
        "customer": customer,
        "address_line": street,
        "city": town.name,
        "postal_code": f"{town.postal} {lot.number(9) + 1}A{lot.number(9) + 1}",
        "latitude": round(town.latitude + lot.number(400) / 10_000 - 0.02, 6),
        "longitude": round(town.longitude + lot.number(400) / 10_000 - 0.02, 6),
        "olt_name": town.olt,
        "pon_port": f"0/{lot.number(4)}/{lot.number(16)}",
        "access_code": f"{lot.number(9000) + 1000}" if lot.number(5) == 0 else None,
        "access_notes": lot.one(texts.ACCESS_NOTES) or None,
    }


def _stock(site: Site, lot: _Lot) -> None:
    for number in range(STOCK):
        ont = number % 2 == 0
        site.seed_document("Service Equipment", **_device(lot, ont=ont))


def _device(lot: _Lot, *, ont: bool) -> Doc:
    digits = f"{lot.number(2**32):08X}"
    octets = f"{lot.number(2**40):010X}"
    mac = ":".join(["02", *(octets[at : at + 2] for at in range(0, 10, 2))])
    return {
        "serial_number": f"TPLG{digits}" if ont else f"22{int(digits, 16):010}0",
        "equipment_type": "ONT" if ont else "Router",
        "brand": "TP-Link",
        "model": "XX230v" if ont else "Archer AX55",
        "mac_address": mac,
    }


def _job(site: Site, lot: _Lot, visit: _Visit, home: _Home) -> None:
    kind = texts.KINDS[visit.kind]
    line: Doc = {"service_location": home.location, "subscription": home.subscription}
    if kind.job_type == "Installation":
        new = {"status": "En attente", "start_date": None}
        site.write_silently("Service Subscription", home.subscription, **new)
    else:
        for ont in (True, False):
            device = {**_device(lot, ont=ont), "status": "Installed"}
            site.seed_document("Service Equipment", **device, **line)
    city = site.document("Service Location", home.location)["city"]
    site.seed_document(
        "Dispatch Job",
        subject=f"{lot.one(kind.subjects)} – {city}",
        customer=home.customer,
        customer_phone=home.phone,
        tags=[{"tag": "Fibre"}, *([{"tag": lot.one(texts.TAGS[1:])}] if visit.at % 3 == 0 else [])],
        **line,
        **_plan(lot, visit, kind),
    )


def _plan(lot: _Lot, visit: _Visit, kind: texts.Kind) -> Doc:
    start = time.fromisoformat(STARTS[visit.at])
    assistant = visit.technician == "TECH-001" and visit.at == 1
    plan: dict[str, Any] = {
        "job_type": kind.job_type,
        "billable": int(kind.billable),
        "priority": "High" if visit.at == 2 else "Medium",
        "status": "Assigned",
        "technician": visit.technician or None,
        "scheduled_date": visit.day.isoformat(),
        "scheduled_start": start.isoformat(),
        "scheduled_end": start.replace(hour=start.hour + 2).isoformat(),
        "duration_min": kind.minutes,
        "required_photos": kind.photos,
        "dispatch_notes": lot.one(kind.notes),
        "assistants": [{"technician": "TECH-003"}] if assistant else [],
        "checklist": [
            {"item_id": item, "label": label, "required": int(required)}
            for item, label, required in kind.checklist
        ],
    }
    return {**plan, **visit.outcome}


def _chain(site: Site, day: date) -> None:
    """Marc's two last installations of the day are steps of one order."""
    mine = [
        row["name"]
        for row in site.database.rows("Dispatch Job")
        if (row["technician"], row["scheduled_date"]) == ("TECH-001", day.isoformat())
        and row["job_type"] == "Installation"
    ]
    for order, name in enumerate(mine[-2:], start=1):
        site.write_silently("Dispatch Job", name, step_order=order)
    site.write_silently("Dispatch Job", mine[-1], parent_job=mine[-2])
