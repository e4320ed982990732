"""Which user and password a modem is asked with, from a secret file of the installation."""

import tomllib
from collections.abc import Sequence
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path

import msgspec

from backend.modem_bridge.hosts import Address, Network
from backend.modem_bridge.trouble import Kind, Trouble


class Cipher(StrEnum):
    """How a firmware encrypts (tplinkrouterc6u `client/ex.py`, its three EX clients)."""

    CBC = "cbc"
    GCM = "gcm"
    OAEP = "oaep"


class Credential(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One user and password, and the modems that take them; `models` empty means any."""

    name: str
    password: str
    networks: tuple[str, ...]
    user: str = "user"  # what the web interface of this family expects, not `admin`
    models: tuple[str, ...] = ()
    cipher: Cipher = Cipher.CBC

    def __repr__(self) -> str:
        """Without the password."""
        return f"Credential({self.name!r})"

    def reach(self, address: Address, model: str) -> tuple[int, bool] | None:
        """How narrowly it is meant for this modem, None when it is not; greater is narrower."""
        if self.models and model not in self.models:
            return None
        fitting = [each.prefixlen for each in self._networks() if address in each]
        return (max(fitting), bool(self.models)) if fitting else None

    def _networks(self) -> list[Network]:
        return [ip_network(text) for text in self.networks]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    credential: tuple[Credential, ...]


def read_credentials(path: str) -> tuple[Credential, ...]:
    """The credentials in a TOML file of `[[credential]]`.

    Raises ValueError, which names the file and the fault and never a value of it.
    """
    try:
        values = tomllib.loads(Path(path).read_text("utf-8"))
        read = msgspec.convert(values, _File).credential
        names = {each.name for each in read}
        for each in read:
            each.reach(_ANY, "")
    except (OSError, ValueError) as error:
        raise ValueError(f"{path or 'bridge.credentials_file'} : {error}") from None
    if len(names) != len(read) or not all(each.name and each.password for each in read):
        raise ValueError(f"{path} : nom double ou vide / a name twice or empty")
    return read


def credential_for(
    credentials: Sequence[Credential], address: Address, model: str = ""
) -> Credential:
    """The one that is meant most narrowly for a modem. Raises Trouble (no-credential)."""
    reaches = [(each.reach(address, model), each) for each in credentials]
    fitting = [(reach, each) for reach, each in reaches if reach is not None]
    if not fitting:
        raise Trouble(Kind.NO_CREDENTIAL)
    return max(fitting, key=lambda pair: pair[0])[1]


_ANY: Address = ip_network("0.0.0.0/0")[1]
