"""Speaks SNMP to one OLT: GET and GETBULK only, two errors, and nothing logged.

A session is a socket of its own, so that an answer that comes late answers nobody else.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from time import time_ns
from typing import Final, NamedTuple, TypeVar

from gufo.snmp import (
    Aes128Key,
    Aes192Key,
    Aes256Key,
    Sha1Key,
    Sha256Key,
    Sha512Key,
    SnmpAuthError,
    SnmpError,
    User,
)
from gufo.snmp.aio import SnmpSession

from backend.cpe.olt.decode import Raw
from backend.cpe.olt.profile import Index
from backend.errors import Refused, Unavailable

T = TypeVar("T")

ANSWERS_S: Final = 1.0
ATTEMPTS: Final = 2  # a datagram may be lost
AT_ONCE: Final = 2  # requests: an OLT's agent has little processor, and others ask it, too
REPETITIONS: Final = 40  # rows an answer: with eight octets each below 1,400 bytes, one datagram
MOST_ROWS: Final = 50_000  # an agent whose tables never end
_AUTH: Final = {"sha1": Sha1Key, "sha256": Sha256Key, "sha512": Sha512Key}
_PRIV: Final = {"aes128": Aes128Key, "aes192": Aes192Key, "aes256": Aes256Key}


class Credentials(NamedTuple):
    """A community (v2c), or a user with both keys (v3 authPriv)."""

    community: str = ""
    user: str = ""
    auth: str = "sha256"
    auth_key: str = ""
    priv: str = "aes128"
    priv_key: str = ""

    def __repr__(self) -> str:
        return "Credentials(...)"  # tracebacks and logs show it


class Agent(NamedTuple):
    """Where an OLT's agent listens, what opens it, and how long it has for one answer."""

    host: str
    port: int
    credentials: Credentials
    answers_s: float = ANSWERS_S


class Snmp:
    """One agent. Every method raises Unavailable, or Refused when it knows our user and not its
    key; an agent is silent to a community that it does not know."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def get(self, oids: Sequence[str]) -> dict[str, Raw]:
        """The values in one request; what the agent does not have is left out."""

        async def ask() -> Mapping[str, object]:
            session = await self._session()
            return await session.get_many(oids)

        async with self._slots:
            found = await _patiently(ask)
        return {oid: each for oid, each in found.items() if isinstance(each, int | str | bytes)}

    async def walk(self, oid: str) -> dict[Index, Raw]:
        """A column's rows by their index. Raises Unavailable("endless") past MOST_ROWS."""
        rows: dict[Index, Raw] = {}
        async with self._slots:
            session = await _patiently(self._session)
            found = session.getbulk(oid, REPETITIONS)

            async def ask() -> tuple[str, object] | None:
                return await anext(found, None)

            while (row := await _patiently(ask)) is not None:
                name, value = row
                index = tuple(map(int, name[len(oid) + 1 :].split(".")))
                if len(rows) >= MOST_ROWS or index in rows:
                    raise Unavailable("endless")
                if isinstance(value, int | str | bytes):
                    rows[index] = value
        return rows

    async def _session(self) -> SnmpSession:
        host, port, credentials, answers_s = self._agent
        address = await _address(host)
        if credentials.user:
            session = SnmpSession(address, port, user=_user(credentials), timeout=answers_s)
        else:
            community = credentials.community
            session = SnmpSession(address, port, community=community, timeout=answers_s)
        await session.refresh()
        return session


def now_ms() -> int:
    """When an answer has come, UTC."""
    return time_ns() // 1_000_000


async def _patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Once more when no answer came."""
    with _our_errors():
        for _ in range(ATTEMPTS - 1):
            with suppress(TimeoutError):
                return await ask()
        return await ask()


@contextmanager
def _our_errors() -> Iterator[None]:
    """Datagrams that cannot be decoded make gufo-snmp 0.13.0 panic, which is no Exception (one in
    ten of cut or altered ones did): a bad datagram must not end the server."""
    try:
        yield
    except TimeoutError:
        raise Unavailable("timeout") from None
    except SnmpAuthError:
        raise Refused("bad-credentials") from None
    except OSError:
        raise Unavailable("unreachable") from None
    except (SnmpError, ValueError):
        raise Unavailable("unreadable") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise Unavailable("unreadable") from None


async def _address(host: str) -> str:
    """An address for a name, IPv4 or IPv6."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    return str(found[0][4][0])


def _user(credentials: Credentials) -> User:
    auth = _AUTH[credentials.auth](credentials.auth_key.encode())
    priv = _PRIV[credentials.priv](credentials.priv_key.encode())
    return User(credentials.user, auth_key=auth, priv_key=priv)
