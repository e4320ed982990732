"""GET /board/api/me: who the board is shown to, and what that person may do."""

import msgspec
from litestar import get
from litestar.di import NamedDependency

from backend.auth.roles import Role
from backend.auth.staff import Staff


class Me(msgspec.Struct, frozen=True):
    """The caller. The page shows what a role may do, and the server decides all the same."""

    email: str
    role: Role


@get("/board/api/me", sync_to_thread=False)
def me(staff: NamedDependency[Staff]) -> Me:
    """The caller's address and role."""
    return Me(staff.email, staff.role)
