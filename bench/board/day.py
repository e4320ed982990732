"""A working day of a large office, as its database holds it: technicians, visits, work, trouble."""

from collections.abc import Iterator
from random import Random
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, insert, update

from backend.store.apply import Push, apply_mutations, apply_pushes, submitted
from backend.store.clock import Clock, local_date
from backend.store.engine import writing_engine
from backend.store.outages import Outage, raise_outage
from backend.store.schema import upgrade
from backend.store.shadows import ERPNEXT
from backend.store.tables import device, lane, link, outbox, upstream_state
from bench.corpus import record_id
from sync.protocol import Fate, Kind, Mutation
from sync.push import Submitted
from sync.state import Actor, ActorKind

OFFICE: Final = Actor(ActorKind.ERP, "erpnext", "Bureau", "erp")
ZONE: Final = ZoneInfo("America/Toronto")
HOUR_MS: Final = 3_600_000
TOWNS: Final = ("Saint-Jérôme", "Mercier", "Sainte-Agathe-des-Monts", "Mont-Tremblant", "Prévost")
FIRST: Final = ("Marc", "Julie", "Étienne", "Zoé", "Mélanie", "Luc", "Noémie", "François")
LAST: Final = ("Tremblay", "Côté", "Gagnon", "Bélanger", "Paquette", "Lévesque", "Bouchard")
STREETS: Final = ("rue des Érables", "chemin du Lac", "rang Sainte-Marie", "avenue de l'Église")
_TYPES: Final = ("Installation", "Repair", "Removal")
_COMMIT: Final = 200


class Technician(NamedTuple):
    """A technician by record key, his phone, and his visits of the day in order."""

    key: str
    name: str
    device: str
    visits: tuple[str, ...]


class Day(NamedTuple):
    """What was made: the instant it ends at (UTC ms), and the technicians."""

    now_ms: int
    technicians: tuple[Technician, ...]


def fill(url: str, technicians: int, visits: int, now_ms: int, seed: Random) -> Day:
    """Fill the database at `url` with `technicians`, their phones and `visits` between them, of
    which each has done about half; some work is refused, held or in conflict with the office."""
    engine = writing_engine(url)
    upgrade(engine)
    try:
        made = tuple(
            _technician(seed, number, visits // technicians) for number in range(technicians)
        )
        clock = Clock(now_ms, local_date(now_ms, ZONE))
        _write(engine, [each for one in made for each in _documents(seed, one, clock)], clock)
        for one in made:
            with engine.begin() as conn:
                _enrol(conn, one, now_ms, seed)
                _work(conn, one, clock, seed)
        with engine.begin() as conn:
            _upstream(conn, now_ms, seed)
        return Day(now_ms, made)
    finally:
        engine.dispose()


def _technician(seed: Random, number: int, visits: int) -> Technician:
    name = f"{FIRST[number % len(FIRST)]} {LAST[number // len(FIRST) % len(LAST)]} {number + 1}"
    jobs = tuple(f"job/{record_id(seed)}" for _ in range(visits))
    return Technician(f"technician/{record_id(seed)}", name, record_id(seed), jobs)


def _documents(seed: Random, one: Technician, clock: Clock) -> Iterator[tuple[str, dict[str, Any]]]:
    yield one.key, {"full_name": one.name, "active": True, "phone": "450-555-0142"}
    for place, key in enumerate(one.visits):
        location, contact = f"location/{record_id(seed)}", f"contact/{record_id(seed)}"
        port = f"0/{seed.randrange(16)}"
        street = f"{seed.randrange(1, 4000)}, {seed.choice(STREETS)}"
        yield (
            location,
            {
                "street": street,
                "town": seed.choice(TOWNS),
                "postal_code": "J7Z 1A1",
                "olt": f"OLT-{seed.choice(('MERCIER', 'LAC'))}-{seed.randrange(1, 4)}",
                "pon_port": port,
            },
        )
        yield contact, {"full_name": f"{seed.choice(FIRST)} {seed.choice(LAST)}"}
        yield (
            key,
            {
                "subject": "Visite",
                "job_type": seed.choice(_TYPES),
                "status": "todo",
                "date": clock.today.isoformat(),
                "technician": one.key,
                "window_start": f"{8 + place:02}:00",
                "window_end": f"{9 + place:02}:30",
                "location": location,
                "contact": contact,
                "required_photos": 2,
                "billable": place % 5 == 0,
                "evidence": ["serial"],
            },
        )


def _write(engine: Engine, documents: list[tuple[str, dict[str, Any]]], clock: Clock) -> None:
    seed = Random(7)  # noqa: S311  (ids of a bench)
    for start in range(0, len(documents), _COMMIT):
        changes = [
            Mutation(
                *(record_id(seed), 0, Kind.UPSTREAM, key, 0, clock.now_ms - 12 * HOUR_MS),
                {"upstream_name": key[-12:], "cells": cells},
            )
            for key, cells in documents[start : start + _COMMIT]
        ]
        with engine.begin() as conn:
            apply_mutations(conn, OFFICE, changes, clock)


def _enrol(conn: Connection, one: Technician, now_ms: int, seed: Random) -> None:
    token = record_id(seed)
    conn.execute(
        insert(link).values(
            id=token,
            technician=one.key,
            token_hash=token,
            max_devices=3,
            created_at=now_ms - HOUR_MS,
            expires_at=now_ms + 300 * HOUR_MS,
        )
    )
    silent = seed.random() < 0.1
    conn.execute(
        insert(device).values(
            id=one.device,
            technician=one.key,
            link=token,
            app="1.4.2",
            session_hash=one.device,
            created_at=now_ms - HOUR_MS,
            seen_at=now_ms - (seed.randrange(130, 300) if silent else seed.randrange(15)) * 60_000,
            pending_count=seed.randrange(8) if silent else 0,
            pending_oldest=now_ms - 3 * HOUR_MS,
            pending_photos=seed.randrange(4) if silent else 0,
        )
    )


def _work(conn: Connection, one: Technician, clock: Clock, seed: Random) -> None:
    """About half of the day: each visit is driven to, reached, noted, photographed and ended."""
    done = one.visits[: len(one.visits) // 2]
    at = clock.now_ms - 4 * HOUR_MS
    batch, seq = [], 0
    if seed.random() < 0.05:
        batch, seq = [_contested(conn, one, clock, seed)], 1
    for place, key in enumerate(done):
        has_serial = place > 0 or seed.random() > 0.05
        for kind, args in _steps(seed, has_serial=has_serial):
            seq, at = seq + 1, at + 60_000 * seed.randrange(2, 9)
            made = (record_id(seed), seq, kind, key, 2**40, min(at, clock.now_ms), args)
            batch.append(submitted(Mutation(*made)))
    actor = Actor(ActorKind.TECHNICIAN, one.key, one.name, f"{one.device}:1")
    answers = apply_pushes(conn, [Push(actor, one.device, 1, tuple(batch))], clock).answers
    filed = [each.id for each in answers[0].verdicts if seed.random() < 0.8]
    taken = outbox.c.mutation.in_(filed)
    conn.execute(update(outbox).where(taken).values(fate=Fate.FILED.value))


def _contested(conn: Connection, one: Technician, clock: Clock, seed: Random) -> Submitted:
    """What a technician says of his last visit, which the office has cancelled meanwhile."""
    key, at = one.visits[-1], clock.now_ms - HOUR_MS
    cancelled = {"upstream_name": key[-12:], "cells": {"status": "cancelled"}}
    change = Mutation(record_id(seed), 0, Kind.UPSTREAM, key, 0, at, cancelled)
    apply_mutations(conn, OFFICE, [change], clock)
    return submitted(Mutation(record_id(seed), 1, Kind.STATUS, key, 0, at, {"to": "on_site"}))


def _steps(seed: Random, *, has_serial: bool) -> list[tuple[str, dict[str, Any]]]:
    serial = f"TPLG{seed.randrange(16**8):08X}"
    line = {"serial": serial, "type": "ONT", "source": "barcode"}
    refused = [(Kind.EQUIPMENT.value, {"serial": ""})] if seed.random() < 0.02 else []
    return [
        (Kind.STATUS.value, {"to": "en_route"}),
        (Kind.STATUS.value, {"to": "on_site"}),
        *refused,
        (Kind.NOTE.value, {"text": "Boîtier derrière la maison, chien attaché."}),
        *([(Kind.EQUIPMENT.value, line)] if has_serial else []),
        (Kind.PHOTO.value, {"blob": f"{seed.randrange(16**64):064x}", "slot": "after"}),
        *([(Kind.VERIFY.value, {"reason": "install"})] if seed.random() < 0.2 else []),
        *([(Kind.REQUEST.value, {"what": "rebooking"})] if seed.random() < 0.01 else []),
        (Kind.STATUS.value, {"to": "completed"}),
    ]


def _upstream(conn: Connection, now_ms: int, seed: Random) -> None:
    """ERPNext answers; a few documents are parked, and a sector is out."""
    known = {"name": ERPNEXT, "error": "", "checked_at": now_ms}
    conn.execute(insert(upstream_state).values(known))
    raise_outage(conn, Outage("7", "OLT-MERCIER-1", "OLT Mercier 1", now_ms - 2 * HOUR_MS))
    keys = [row.key for row in conn.execute(lane.select().limit(40))]
    parked = lane.c.key.in_(seed.sample(keys, min(12, len(keys))))
    reason = {"state": "parked", "error": "refused:ValidationError"}
    conn.execute(update(lane).where(parked).values(reason))
