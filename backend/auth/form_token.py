"""The token in the enrolment form: shows that the page was read before the button was pressed."""

import hashlib
import hmac
import secrets
from typing import Final
from urllib.parse import parse_qs

_NONCE_BYTES: Final = 12


def new_form_token(link_token: str) -> str:
    """A form token for a page of this link: a fresh nonce and its HMAC, keyed by the link."""
    nonce = new_nonce()
    return f"{nonce}.{_mac(link_token, nonce)}"


def new_nonce() -> str:
    """What tells one form from another, so that one sent twice is one."""
    return secrets.token_urlsafe(_NONCE_BYTES)


def sent_field(form: bytes, name: str) -> str:
    """A field in the untrusted body of a form, "" without it."""
    return parse_qs(form.decode("latin-1")).get(name, [""])[0]


def nonce_of(link_token: str, form_token: str) -> str | None:
    """The nonce of an untrusted form token, or None when it was not made for this link."""
    nonce, _, mac = form_token.partition(".")
    return nonce if hmac.compare_digest(_bytes(mac), _bytes(_mac(link_token, nonce))) else None


def _mac(link_token: str, nonce: str) -> str:
    return hmac.new(_bytes(link_token), b"enrol\n" + _bytes(nonce), hashlib.sha256).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
