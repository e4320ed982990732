"""GET /board/api/me: who the board is shown to, and what that person may do."""

import msgspec
from litestar import get
from litestar.di import NamedDependency

from backend.auth.roles import Role
from backend.auth.staff import Staff


class Me(msgspec.Struct, frozen=True, rename="camel"):
    """The caller. The page shows what a role may do, and the server decides all the same; it has a
    way out (`POST /board/logout`) for who `has_session`. Twin: `pwa/src/board/desk/me.ts`."""

    email: str
    role: Role
    has_session: bool


@get("/board/api/me", sync_to_thread=False)
def me(staff: NamedDependency[Staff]) -> Me:
    """Who is calling."""
    return Me(staff.email, staff.role, staff.has_session)
