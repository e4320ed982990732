"""Codes of six digits that enrol one phone by a link: shown or dictated, typed once, soon over."""

import asyncio
import hashlib
import secrets
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from backend.errors import Busy
from backend.store.devices import Enrolled, Refusal, device_id, is_full, join
from backend.store.links import CreatedLink, Link, create_brief_link, read_link
from backend.store.tables import enrolment_code

DIGITS: Final = 6
CODE_MS: Final = 10 * 60_000
# Every wrong code is a guess at each that stands. After so many nobody may use it any more: who
# guesses has one chance in 20,000 for each code.
MOST_MISSES: Final = 50
# Six digits are soon tried on a stolen table, so each try is dear: 16 MiB and some 40 ms
# (RFC 7914 section 2); all of them take hours, and a code minutes.
_SALT: Final = b"terrain enrolment code"


class Code(NamedTuple):
    """A new code: what is shown once, and what is kept."""

    digits: str
    hashed: str


async def new_code() -> Code:
    """A code that nobody knows yet."""
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    return Code(digits, await hashed_code(digits))


async def hashed_code(typed: str) -> str:
    """What is kept of an untrusted code, however it was spaced; made in a thread."""
    digits = "".join(each for each in typed if each.isdecimal() and each.isascii())
    return await asyncio.to_thread(_hash, digits)


def keep_code(conn: Connection, hashed: str, link_id: str, now_ms: int) -> int:
    """Let a code enrol one phone by a link, instead of any that the link had; gives its end
    (UTC ms). Raises Busy when another link has the same one now.
    """
    code = enrolment_code.c
    conn.execute(delete(enrolment_code).where(code.expires_at <= now_ms))
    conn.execute(delete(enrolment_code).where(code.link == link_id, code.device.is_(None)))
    if conn.execute(select(code.link).where(code.code_hash == hashed)).first() is not None:
        raise Busy
    ends = now_ms + CODE_MS
    row = {"code_hash": hashed, "link": link_id, "expires_at": ends, "misses": 0}
    conn.execute(insert(enrolment_code).values(row))
    return ends


def create_code(conn: Connection, technician: str, hashed: str, now_ms: int) -> CreatedLink:
    """Make a link that a code alone reaches, for one phone and CODE_MS.

    Raises LookupError when the store holds no such technician, and Busy.
    """
    made = create_brief_link(conn, technician, now_ms, CODE_MS)
    keep_code(conn, hashed, made.id, now_ms)
    return made


def code_for_link(conn: Connection, link: Link, hashed: str, now_ms: int) -> bool:
    """Let a code enrol one of a link's phones; False when it has as many as it may. Raises Busy."""
    if is_full(conn, link, now_ms):
        return False
    keep_code(conn, hashed, link.id, now_ms)
    return True


def enrol_by_code(
    conn: Connection, hashed: str, nonce: str, now_ms: int, user_agent: str
) -> Enrolled | Refusal:
    """Make a device by a code, once; `nonce` is the form's: one sent twice gives one device.

    A code that opens nothing is a miss of every code that stands.
    """
    made_id, code = device_id(hashed, nonce), enrolment_code.c
    usable = and_(_stands(now_ms), code.code_hash == hashed)
    # A write first: two phones that type one code at once come one after the other.
    used = conn.execute(
        update(enrolment_code)
        .where(usable, code.device.is_(None) | (code.device == made_id))
        .values(misses=code.misses)
        .returning(code.link)
    ).scalar_one_or_none()
    if used is None:
        conn.execute(update(enrolment_code).where(_stands(now_ms)).values(misses=code.misses + 1))
        return Refusal.CLOSED
    outcome = join(conn, read_link(conn, used), made_id, now_ms, user_agent)
    if isinstance(outcome, Enrolled):
        _spend(conn, hashed, made_id)
    return outcome


def _spend(conn: Connection, hashed: str, made_id: str) -> None:
    spent = update(enrolment_code).where(enrolment_code.c.code_hash == hashed)
    conn.execute(spent.values(device=made_id))


def _stands(now_ms: int) -> ColumnElement[bool]:
    return and_(enrolment_code.c.expires_at > now_ms, enrolment_code.c.misses < MOST_MISSES)


def _hash(digits: str) -> str:
    return hashlib.scrypt(digits.encode(), salt=_SALT, n=2**14, r=8, p=1, dklen=32).hex()
