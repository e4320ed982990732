"""Reads the key set with which the ForwardAuth proxy signs (JWKS, RFC 7517)."""

import asyncio
from collections.abc import Callable
from typing import Final

import httpx
import jwt

from backend.log import log

TIMEOUT_S: Final = 5.0
REREAD_S: Final = 60.0
LARGEST: Final = 256 * 1024


class KeySet:
    """The keys at a URL, kept; `clock` gives seconds.

    They are read when one is unknown, which is what a new key looks like, once in REREAD_S at most:
    who makes key ids up must not make us ask. Keys that are known last while the URL is away.
    """

    def __init__(
        self,
        url: str,
        clock: Callable[[], float],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = url
        self._clock = clock
        self._transport = transport
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at: float | None = None
        self._turn = asyncio.Lock()

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """The key of that id, None when the set has none, or cannot be read now."""
        async with self._turn:
            if key_id not in self._keys and self._is_due():
                self._read_at = self._clock()
                await self._read()
        return self._keys.get(key_id)

    def _is_due(self) -> bool:
        return self._read_at is None or self._clock() - self._read_at >= REREAD_S

    async def _read(self) -> None:
        try:
            body = await self._fetched()
            read = jwt.PyJWKSet.from_json(body)
        except (httpx.HTTPError, jwt.PyJWTError, ValueError, AttributeError) as error:
            log.warning("key set not read", extra={"kind": type(error).__name__})
            return
        self._keys = {each.key_id or "": each for each in read.keys}

    async def _fetched(self) -> str:
        """Raises ValueError when it is larger than a key set can be."""
        async with httpx.AsyncClient(
            timeout=TIMEOUT_S, transport=self._transport, trust_env=False
        ) as http:
            answer = await http.get(self._url)
        answer.raise_for_status()
        if len(answer.content) > LARGEST:
            raise ValueError("size")
        return answer.text
