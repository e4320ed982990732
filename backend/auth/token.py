"""Checks the JWT that the ForwardAuth proxy sends along with its headers."""

from typing import Any, Final

import jwt

from backend.auth.jwks import KeySet
from backend.settings import TokenSettings

_NEEDED: Final = ("exp", "aud", "email")
# The proxy's clock and ours; more would let a token of yesterday in.
_LEEWAY_S: Final = 30
_LONGEST: Final = 16_384


class TokenCheck:
    """Whether a JWT proves an address; the algorithms are the configured ones, never the token's
    own (RFC 8725 section 3.1)."""

    def __init__(self, settings: TokenSettings, keys: KeySet) -> None:
        self._settings = settings
        self._keys = keys

    async def proves(self, token: str, email: str) -> bool:
        """Whether an untrusted token is signed by a key of the set, for us, still valid, and of
        this address."""
        if len(token) > _LONGEST:
            return False
        try:
            key = await self._keys.find(str(jwt.get_unverified_header(token).get("kid", "")))
            return key is not None and self._claims(token, key)["email"] == email
        except jwt.PyJWTError:
            return False

    def _claims(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        return jwt.decode(
            token,
            key,
            algorithms=list(self._settings.algorithms),
            audience=self._settings.audience,
            leeway=_LEEWAY_S,
            options={"require": list(_NEEDED)},
        )
