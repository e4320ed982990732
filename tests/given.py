"""Short ways to say what a test starts from."""

from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from backend.store.apply import Decided, Push, apply_mutations, submitted
from backend.store.clock import Clock
from backend.store.tables import cell
from sync.protocol import Kind, Mutation
from sync.state import Actor, ActorKind

TODAY = date(2026, 11, 23)
NOW_MS = 1_795_456_800_000
CLOCK = Clock(NOW_MS, TODAY)
MARC = "technician/00000000-0000-7000-8000-000000000001"
JULIE = "technician/00000000-0000-7000-8000-000000000002"
JOB = "job/00000000-0000-7000-8000-0000000000a1"
OTHER_JOB = "job/00000000-0000-7000-8000-0000000000a2"
DEVICE = "00000000-0000-7000-8000-0000000000d1"
ERP = Actor(ActorKind.ERP, "erpnext", "Bureau", "erp")


def uuid7(number: int) -> str:
    """A readable id: the number in the last group."""
    return f"00000000-0000-7000-9000-{number:012d}"


def technician(key: str = MARC, device: str = DEVICE, epoch: int = 1, name: str = "Marc") -> Actor:
    """The actor of a technician's phone."""
    return Actor(ActorKind.TECHNICIAN, key, name, f"{device}:{epoch}")


def mutation(
    number: int, kind: str, args: dict[str, Any], *, key: str = JOB, base: int = 2, seq: int = 0
) -> Mutation:
    """A mutation whose seq is its number unless said otherwise."""
    return Mutation(uuid7(number), seq or number, kind, key, base, NOW_MS, args)


def push(*mutations: Mutation, actor: Actor | None = None, device: str = DEVICE) -> Push:
    """A batch of one replica."""
    batch = tuple(submitted(each) for each in mutations)
    return Push(actor or technician(device=device), device, 1, batch)


def upstream(conn: Connection, number: int, key: str, name: str, **cells: Any) -> Decided:
    """A document as the inbound worker brings it."""
    change = Mutation(
        uuid7(900_000 + number),
        0,
        Kind.UPSTREAM,
        key,
        0,
        NOW_MS,
        {"upstream_name": name, "cells": msgspec.to_builtins(cells)},
    )
    return apply_mutations(conn, ERP, [change], CLOCK)


def a_visit(conn: Connection, key: str = JOB, **cells: Any) -> None:
    """One visit of Marc's, today, with two steps to tick."""
    number = int(key[-2:], 16)
    fields = {
        "subject": "Réparation",
        "job_type": "Repair",
        "status": "todo",
        "date": TODAY.isoformat(),
        "technician": MARC,
        "checklist": [
            {"id": "c1", "label": "Mesurer le signal", "required": True},
            {"id": "c2", "label": "Nettoyer le connecteur", "required": False},
        ],
    }
    upstream(conn, number, key, f"DJ-{number:05d}", **(fields | cells))


def cells_of(conn: Connection, key: str) -> dict[str, Any]:
    """The cells of a record that have a value."""
    query = select(cell.c.path, cell.c.value).where(cell.c.key == key, cell.c.value != "null")
    return {row.path: msgspec.json.decode(row.value) for row in conn.execute(query)}
