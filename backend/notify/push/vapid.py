"""The installation's own key for push services (VAPID, RFC 8292)."""

from typing import Final
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
    generate_private_key,
)

from backend.notify.push.encryption import decode, encode, point_of
from backend.settings import read_secret

KEY_BYTES: Final = 32
# At most 24 hours (RFC 8292 section 2); clocks differ.
LASTS_S: Final = 12 * 3600


class Vapid:
    """One key; `contact` is a https or mailto URL by which a push service reaches its owner."""

    def __init__(self, key: EllipticCurvePrivateKey, contact: str) -> None:
        self._key = key
        self._contact = contact
        self.public = encode(point_of(key))

    def authorization(self, endpoint: str, now_s: int) -> str:
        """The header that says who sends to an endpoint; `now_s` is UTC seconds."""
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": now_s + LASTS_S,
            "sub": self._contact,
        }
        return f"vapid t={jwt.encode(claims, self._key, 'ES256')}, k={self.public}"


def read_vapid(key_file: str, contact: str) -> Vapid:
    """The key in a secret file, as `new_key` writes it. Raises ValueError."""
    content = decode(read_secret(key_file))
    if len(content) != KEY_BYTES:
        raise ValueError(f"{key_file} : terrain push-key")
    return Vapid(derive_private_key(int.from_bytes(content, "big"), SECP256R1()), contact)


def new_key() -> str:
    """A new private key, base64url."""
    number = generate_private_key(SECP256R1()).private_numbers().private_value
    return encode(number.to_bytes(KEY_BYTES, "big"))
