"""Serves a chassis by SNMP v2c on a UDP socket, with pysnmp's own messages."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pysnmp.proto.api import v2c

from backend.simulators.olt.chassis import Chassis, Oid, Value

COMMUNITY: Final = "terrain-simulated"
MOST_ROWS: Final = 60  # of one answer, in a datagram

Bindings = list[tuple[Any, Any]]


class OltSimulator(asyncio.DatagramProtocol):
    """An OLT's agent. `asked` is every request by its kind; `delay_s` before each answer, None is
    an agent that never answers. `rewrite` changes the bytes of answers."""

    def __init__(self, chassis: Chassis, community: str = COMMUNITY) -> None:
        self.chassis = chassis
        self.asked: list[str] = []
        self.delay_s: float | None = 0.0
        self.loses = 0  # so many requests go astray
        self.rewrite: Callable[[bytes], bytes] = lambda answer: answer
        self._community = community.encode()
        self._transport: asyncio.DatagramTransport | None = None

    @asynccontextmanager
    async def served(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
        """Listen (on a free port unless one is named); gives `host:port`."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, (host, port))
        self._transport = transport
        try:
            yield f"{host}:{transport.get_extra_info('sockname')[1]}"
        finally:
            transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """A request, or anything that somebody sends here."""
        try:
            message, _ = decoder.decode(data, asn1Spec=v2c.Message())
        except PyAsn1Error:
            return
        answer = self._answer(message)
        if answer is None or self.delay_s is None:
            return
        wire = self.rewrite(answer)
        asyncio.get_running_loop().call_later(self.delay_s, self._send, wire, addr)

    def _send(self, wire: bytes, addr: tuple[str | Any, int]) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.sendto(wire, addr)

    def _answer(self, message: Any) -> bytes | None:
        request = v2c.apiMessage.get_pdu(message)
        self.asked.append(type(request).__name__.removesuffix("PDU"))
        if self.loses > 0:
            self.loses -= 1
            return None
        if bytes(v2c.apiMessage.get_community(message)) != self._community:
            return None
        answer = v2c.apiMessage.get_response(message)
        v2c.apiPDU.set_varbinds(v2c.apiMessage.get_pdu(answer), self._bindings(request))
        return bytes(encoder.encode(answer))

    def _bindings(self, request: Any) -> Bindings:
        names = [tuple(name) for name, _ in v2c.apiPDU.get_varbinds(request)]
        if isinstance(request, v2c.GetRequestPDU):
            return [(v2c.ObjectIdentifier(each), _typed(self.chassis.get(each))) for each in names]
        repeated = 1
        if isinstance(request, v2c.GetBulkRequestPDU):
            repeated = min(int(v2c.apiBulkPDU.get_max_repetitions(request)), MOST_ROWS)
        return [row for name in names for row in self._next(name, repeated)]

    def _next(self, name: Oid, count: int) -> Bindings:
        rows: Bindings = []
        for _ in range(count):
            found = self.chassis.after(name)
            if found is None:
                return [*rows, (v2c.ObjectIdentifier(name), v2c.EndOfMibView())]
            name, value = found
            rows.append((v2c.ObjectIdentifier(name), _typed(value)))
        return rows


def _typed(value: Value | None) -> Any:
    match value:
        case None:
            return v2c.NoSuchInstance()
        case bytes():
            return v2c.OctetString(value)
        case tuple():
            return v2c.ObjectIdentifier(value)
        case int() if value > 2**31 - 1:
            return v2c.Counter64(value)
        case _:
            return v2c.Integer(value)
