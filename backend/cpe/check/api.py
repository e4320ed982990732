"""What every source says of a terminal now, and what the verdicts of a visit followed from."""

from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, Parameter

from backend.auth.roles import ROLE, Role
from backend.auth.staff import Staff
from backend.cpe.check.engine import Engine
from backend.cpe.check.source import Target
from backend.cpe.check.target import asked_identity
from backend.cpe.readings import Identity, Summary
from backend.errors import Unreadable
from backend.store.connection import Connection
from backend.store.equipment import find
from backend.store.lookups import Asker, note_lookup
from backend.store.store import Store
from backend.store.verifications import evidence_of
from sync.collections import record_key
from sync.identity import wanted
from sync.state import ActorKind

LOOKED_AT = "line"


@get("/board/devices/lookup", opt={ROLE: Role.DISPATCHER})
async def look_at_line(
    serial: Annotated[str, Parameter(max_length=80)],
    staff: NamedDependency[Staff],
    store: NamedDependency[Store],
    engine: NamedDependency[Engine],
    now_ms: NamedDependency[int],
) -> Summary:
    """The summary of the terminal with this serial, GPON serial or MAC, each value with its source
    and its age. Not for viewers, as modems and OLTs are asked. Who looked is noted. Raises
    Unreadable for what names no terminal."""
    asker = Asker(ActorKind.OFFICE, staff.email[:140])
    identity = await store.writer.run(lambda conn: _meant(conn, serial, asker, now_ms))
    if identity == Identity():
        raise Unreadable("serial")
    return (await engine.look_up(Target(identity))).summary


@get("/board/api/visits/{visit:str}/evidence")
async def visit_evidence(
    visit: FromPath[str],
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
) -> Response[bytes]:
    """The Evidence of a visit's checks, the oldest first: readings, limits, verdict, who, when."""
    kept = await store.read(lambda conn: evidence_of(conn, record_key("job", visit)))
    return Response(f"[{','.join(kept)}]".encode(), media_type="application/json")


def _meant(conn: Connection, serial: str, asker: Asker, now_ms: int) -> Identity:
    asked = () if "\0" in serial else wanted(serial)
    if not asked:
        return Identity()
    found = find(conn, asked)
    note_lookup(conn, asker, asked[0].value, LOOKED_AT, now_ms)
    return asked_identity(serial, found.cells if found else {})
