"""Encrypts a message for one browser (RFC 8291, with the content coding of RFC 8188)."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SALT_BYTES: Final = 16
RECORD_BYTES: Final = 4096
_LAST_RECORD: Final = b"\x02"


class Keys(NamedTuple):
    """What a browser's subscription gives: its public point and its secret of 16 bytes."""

    p256dh: bytes
    auth: bytes


def encrypted(
    message: bytes,
    keys: Keys,
    own: EllipticCurvePrivateKey | None = None,
    salt: bytes = b"",
) -> bytes:
    """The body of a push message, of one record; `own` key and `salt` are fresh unless given.

    Raises ValueError when the browser's point is none.
    """
    own = own or generate_private_key(SECP256R1())
    salt = salt or os.urandom(SALT_BYTES)
    theirs = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), keys.p256dh)
    point = point_of(own)
    secret = shared_secret(own.exchange(ECDH(), theirs), keys, point)
    key, nonce = content_key(secret, salt)
    sealed = AESGCM(key).encrypt(nonce, message + _LAST_RECORD, None)
    return salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(point)]) + point + sealed


def shared_secret(exchanged: bytes, keys: Keys, sender: bytes) -> bytes:
    """The input of the content coding, of both points (RFC 8291 section 3.4)."""
    return _hkdf(exchanged, keys.auth, b"WebPush: info\0" + keys.p256dh + sender, 32)


def content_key(secret: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """Key and nonce of the first record (RFC 8188 sections 2.2 and 2.3)."""
    key = _hkdf(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    return key, _hkdf(secret, salt, b"Content-Encoding: nonce\0", 12)


def point_of(key: EllipticCurvePrivateKey) -> bytes:
    """A key's public point, uncompressed."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encode(content: bytes) -> str:
    """Base64url without padding, as push services and browsers write it."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of base64url with or without padding. Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)
