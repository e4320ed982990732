"""What a person of the office may do: read, decide, or run the installation."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, Final

from backend.errors import AppError

ROLE: Final = "role"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Role(StrEnum):
    """From the least to the most; each may do what those before it may."""

    VIEWER = "viewer"
    DISPATCHER = "dispatcher"
    ADMIN = "admin"


_RANK: Final = {role: rank for rank, role in enumerate(Role)}


class NotPermitted(AppError):
    """Known, but this takes another role; the reason names it."""

    code: ClassVar[str] = "not-permitted"
    status: ClassVar[int] = 403


def needed_role(method: str, opt: Mapping[str, Any]) -> Role:
    """What a route asks: a viewer reads, a dispatcher changes.

    A route for which that is wrong names another: `opt={ROLE: Role.ADMIN}`.
    """
    named: Role | None = opt.get(ROLE)
    return named or (Role.VIEWER if method in _SAFE else Role.DISPATCHER)


def require(role: Role, needed: Role) -> None:
    """Raise NotPermitted when `role` is less than what is needed."""
    if _RANK[role] < _RANK[needed]:
        raise NotPermitted(needed.value)
