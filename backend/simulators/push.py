"""A small push service (RFC 8030): checks who sends (RFC 8292) and reads as a browser would
(RFC 8291), with keys of its own."""

import secrets
from dataclasses import dataclass, field
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from litestar import Litestar, Request, Response, post
from litestar.params import FromPath

from backend.notify.push.encryption import (
    Keys,
    content_key,
    decode,
    encode,
    point_of,
    shared_secret,
)

_HEADER: Final = 21  # salt, record size, length of the key's name


@dataclass
class Browser:
    """One subscription, as a browser holds it, and what it was told."""

    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    auth: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    told: list[bytes] = field(default_factory=list)

    @property
    def keys(self) -> Keys:
        """What the sender is given."""
        return Keys(point_of(self.key), self.auth)

    def subscription(self, endpoint: str) -> dict[str, Any]:
        """As PushSubscription.toJSON() writes it."""
        named = {"p256dh": encode(self.keys.p256dh), "auth": encode(self.keys.auth)}
        return {"endpoint": endpoint, "keys": named}

    def decrypted(self, body: bytes) -> bytes:
        """A message's text. Raises cryptography's InvalidTag for what is not for this browser."""
        salt, named = body[:16], body[_HEADER : _HEADER + body[_HEADER - 1]]
        theirs = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), named)
        secret = shared_secret(self.key.exchange(ECDH(), theirs), self.keys, named)
        key, nonce = content_key(secret, salt)
        padded = AESGCM(key).decrypt(nonce, body[_HEADER + len(named) :], None)
        return padded.rstrip(b"\0").removesuffix(b"\x02")


@dataclass
class PushSimulator:
    """Browsers by the last part of their address; `answers` are given before any is told."""

    origin: str
    browsers: dict[str, Browser] = field(default_factory=dict)
    answers: list[Response[Any]] = field(default_factory=list)
    requests: int = 0

    def app(self) -> Litestar:
        """Its one route."""
        return Litestar([post("/push/{name:str}")(self.take)])

    async def take(self, request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Any]:
        """Hand a message to its browser; 410 for one that is gone."""
        self.requests += 1
        if self.answers:
            return self.answers.pop(0)
        if not self._is_signed(request.headers.get("authorization", "")):
            return Response(None, status_code=403)
        if name not in self.browsers:
            return Response(None, status_code=410)
        if "ttl" not in request.headers or request.headers["content-encoding"] != "aes128gcm":
            return Response(None, status_code=400)
        browser = self.browsers[name]
        browser.told.append(browser.decrypted(await request.body()))
        return Response(None, status_code=201)

    def _is_signed(self, authorization: str) -> bool:
        """By the key that it names, for this service."""
        scheme, _, fields = authorization.partition(" ")
        named = dict(each.strip().split("=", 1) for each in fields.split(",") if "=" in each)
        try:
            public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), decode(named["k"]))
            options = {"require": ["exp", "aud", "sub"], "verify_exp": False}  # a test's clock
            jwt.decode(named["t"], public, ["ES256"], audience=self.origin, options=options)  # type: ignore[arg-type]
        except (KeyError, ValueError, jwt.InvalidTokenError):
            return False
        return scheme == "vapid"
