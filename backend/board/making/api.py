"""A visit that the office makes here, and the customers that Terrain knows by itself."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency

from backend.auth.body import read_body
from backend.auth.staff import Staff
from backend.board.asked import read_asked
from backend.board.decisions import DecisionReply, actor_of
from backend.board.making.visit import Known, NewVisit, records_of
from backend.errors import Unreadable
from backend.settings import Settings
from backend.store.apply import Decided, apply_mutations
from backend.store.board import read_technicians
from backend.store.clock import Clock, local_date
from backend.store.connection import Connection
from backend.store.customers import Customer, find_customers, is_there, known_types, name_of
from backend.store.store import Store
from backend.store.technicians import is_active
from sync.protocol import Outcome

_BODY_BYTES: Final = 16 * 1024
SHOWN: Final = 20
_LOST: Final = (Outcome.REJECTED, Outcome.PARKED)


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Part of a name, of a street, or a phone number; "" for the types of visit alone."""

    text: Annotated[str, msgspec.Meta(max_length=80)] = ""


class Answer(msgspec.Struct, frozen=True):
    """At most SHOWN customers, and the types that visits have."""

    customers: tuple[Customer, ...]
    types: tuple[str, ...]


@post("/board/api/customers", status_code=200)
async def customers(
    request: Request[Any, Any, Any],
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
) -> Response[bytes]:
    """Who is known by part of a name, a street or a number; in a body, so that no log of any proxy
    has a customer's name. Raises Unreadable."""
    asked = read_asked(await read_body(request, _BODY_BYTES), Asked)
    found = await store.read(
        lambda conn: Answer(find_customers(conn, asked.text, SHOWN), known_types(conn))
    )
    return Response(msgspec.json.encode(found), media_type="application/json")


@post("/board/api/visits", status_code=200)
async def make_visit(
    request: Request[Any, Any, Any],
    staff: NamedDependency[Staff],
    store: NamedDependency[Store],
    settings: NamedDependency[Settings],
    now_ms: NamedDependency[int],
) -> Response[bytes]:
    """Make the visit of a NewVisit with all it needs, once however often it is asked; answers a
    DecisionReply once it is committed. Raises Unreadable: then nothing was made."""
    asked = read_asked(await read_body(request, _BODY_BYTES), NewVisit)
    clock = Clock(now_ms, local_date(now_ms, settings.site_zone))
    decided = await store.writer.run(lambda conn: _make(conn, staff, asked, clock))
    verdict = decided.verdicts[-1]
    body = msgspec.json.encode(DecisionReply(verdict.outcome, verdict.detail.reason))
    return Response(body, media_type="application/json")


def _make(conn: Connection, staff: Staff, asked: NewVisit, clock: Clock) -> Decided:
    """All or none: what is raised here takes the transaction back."""
    technicians = read_technicians(conn)
    known = Known(
        frozenset(key for key, cells in technicians.items() if is_active(cells.get("active"))),
        name_of(conn, asked.contact) if asked.contact else "",
        has_place=bool(asked.location) and is_there(conn, asked.location, "location"),
    )
    made = apply_mutations(conn, actor_of(staff), records_of(asked, known, clock.today), clock)
    for verdict in made.verdicts:
        if verdict.outcome in _LOST:
            raise Unreadable(verdict.detail.reason)
    return made
