"""The server's half of the web interface's encryption: RSA of 512 bits, AES-128, three variants.

As the public clients of this family of modems do it (tplinkrouterc6u `common/encryption.py`): the
`sign` line is RSA over `key=..&iv=..&h=..&s=..` in blocks of the modulus's size, the `data` line
AES over JSON. RSA of 512 bits protects nothing; it is what these modems have.
"""

import base64
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from Crypto.Cipher import AES, PKCS1_OAEP
from Crypto.PublicKey import RSA
from Crypto.Util.number import getPrime
from Crypto.Util.Padding import pad, unpad

EXPONENT: Final = 0x010001
BLOCK_BYTES: Final = 64
TAG_BYTES: Final = 16


class Cipher(StrEnum):
    """How a firmware encrypts."""

    CBC = "cbc"  # RSA without padding
    GCM = "gcm"  # RSA without padding
    OAEP = "oaep"  # AES-GCM, RSA with OAEP


class SignKey:
    """The modem's RSA pair, another one at each start; made when it is first needed."""

    @cached_property
    def _pair(self) -> RSA.RsaKey:
        return _pair()

    @property
    def modulus(self) -> str:
        """128 hexadecimal digits."""
        return f"{self._pair.n:0128x}"

    def opened(self, sign: str, cipher: Cipher) -> dict[str, str]:
        """The pairs in a `sign` line. Raises ValueError when it was not made for this key."""
        blocks = [bytes.fromhex(sign[at : at + 128]) for at in range(0, len(sign), 128)]
        if cipher is Cipher.OAEP:
            oaep = PKCS1_OAEP.new(self._pair)
            text = b"".join(oaep.decrypt(block) for block in blocks)
        else:
            text = b"".join(self._raw(block) for block in blocks).rstrip(b"\0")
        pairs = (pair.partition("=") for pair in text.decode("ascii").split("&"))
        return {name: value for name, _, value in pairs}

    def _raw(self, block: bytes) -> bytes:
        number = pow(int.from_bytes(block, "big"), self._pair.d, self._pair.n)
        return number.to_bytes(BLOCK_BYTES, "big")


class Sealed:
    """The AES half of one session, with the key and IV that the client chose at its login."""

    def __init__(self, cipher: Cipher, key: str, iv: str) -> None:
        self._cipher = cipher
        is_text = cipher is Cipher.CBC
        self._key = key.encode() if is_text else base64.b64decode(key)
        self._iv = iv.encode() if is_text else base64.b64decode(iv)

    def opened(self, data: str, tag: str) -> str:
        """What a client sent. Raises ValueError."""
        sealed = base64.b64decode(data)
        if self._cipher is Cipher.CBC:
            return unpad(self._aes().decrypt(sealed), AES.block_size).decode()
        plain: bytes = self._aes().decrypt_and_verify(sealed, base64.b64decode(tag))
        return plain.decode()

    def sealed(self, text: str) -> str:
        """What the client is sent; with GCM the tag's own base64 stands at the end."""
        if self._cipher is Cipher.CBC:
            return _base64(self._aes().encrypt(pad(text.encode(), AES.block_size)))
        sealed, tag = self._aes().encrypt_and_digest(text.encode())
        return _base64(sealed) + _base64(tag)

    def _aes(self) -> Any:  # the library's own types of these are private
        if self._cipher is Cipher.CBC:
            return AES.new(self._key, AES.MODE_CBC, iv=self._iv)
        return AES.new(self._key, AES.MODE_GCM, nonce=self._iv, mac_len=TAG_BYTES)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _pair() -> RSA.RsaKey:
    """`RSA.generate` refuses less than 1024 bits."""
    while True:
        p, q = getPrime(256), getPrime(256)
        phi = (p - 1) * (q - 1)
        if p != q and phi % EXPONENT and (p * q).bit_length() == 512:
            private = pow(EXPONENT, -1, phi)
            return RSA.construct((p * q, EXPONENT, private, p, q))
