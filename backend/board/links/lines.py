"""Decides the office's list of links, with the phones that each enrolled and what they hold."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

import msgspec

from backend.board.today.technicians import link_state
from backend.board.today.view import Moment
from backend.store.links import Link
from backend.store.messages import Sent

Days = Annotated[int, msgspec.Meta(ge=1, le=365)]
Key = Annotated[str, msgspec.Meta(pattern=r"^technician/[0-9A-Za-z-]{1,58}$")]


class NewLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A link to make, for `days` days (None: the installation's own), or a `code` to dictate; sent
    to the number or e-mail address `to` unless "", in the language `lang`."""

    technician: Key
    code: bool = False
    days: Days | None = None
    to: Annotated[str, msgspec.Meta(max_length=254)] = ""
    lang: Literal["fr", "en"] = "fr"


class Extension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how many more days a link shall enrol."""

    days: Days


class MadeLink(msgspec.Struct, frozen=True, rename="camel"):
    """A new link, told here once: its address, the same as a QR code (rows of 0 and 1) where a
    phone could use it, the code to type there when it is to be dictated, and what came of sending
    it: "", sent, or the code of why it did not go."""

    id: str
    url: str
    qr: tuple[str, ...]
    code: str
    expires_at: int
    sent: str = ""


class PhoneLine(msgspec.Struct, frozen=True, rename="camel"):
    """A phone that a link enrolled: what it last said it holds, and whether it may still sync."""

    device: str
    app: str
    seen_at: int
    pending: int
    photos: int
    revoked: bool


class SentLine(msgspec.Struct, frozen=True, rename="camel"):
    """A message that carried the link: to whom, in part."""

    at: int
    by: str
    masked: str
    error: str


class LinkLine(msgspec.Struct, frozen=True, rename="camel"):
    """One link; `technician` is a record key."""

    id: str
    technician: str
    name: str
    state: str
    created_at: int
    expires_at: int
    most: int
    phones: tuple[PhoneLine, ...]
    sent: tuple[SentLine, ...]


def link_lines(
    links: Iterable[Link], phones: Sequence[Any], sent: Iterable[Sent], moment: Moment
) -> tuple[LinkLine, ...]:
    """Every link, the newest first, as it was given."""
    enrolled: dict[str, list[PhoneLine]] = defaultdict(list)
    for row in phones:
        enrolled[row.link].append(_phone(row))
    told: dict[str, list[SentLine]] = defaultdict(list)
    for each in sent:
        told[each.link].append(SentLine(each.at, each.author, each.masked, each.error))
    return tuple(
        LinkLine(
            id=each.id,
            technician=each.technician.key,
            name=each.technician.name,
            state=link_state(each, None, moment.now_ms, moment.zone),
            created_at=each.created_at,
            expires_at=each.expires_at,
            most=each.max_devices,
            phones=tuple(enrolled[each.id]),
            sent=tuple(told[each.id]),
        )
        for each in links
    )


def _phone(row: Any) -> PhoneLine:
    revoked = row.revoked_at is not None
    held = row.pending_count, row.pending_photos
    return PhoneLine(row.id, row.app, row.seen_at, *held, revoked)
