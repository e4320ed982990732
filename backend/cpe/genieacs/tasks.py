"""What may be asked of GenieACS: everything is judged here, because a bad task kills its worker."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import quote

from backend.cpe.genieacs.tree import Value, is_secret
from backend.cpe.mac import mac_address
from backend.cpe.readings import Identity
from backend.errors import Refused
from sync.gpon import gpon_serial

Task = dict[str, Any]

MOST_NAMES: Final = 200
_NAME: Final = re.compile(r"[A-Za-z][\w-]*(?:\.(?:[\w-]+|\*))+")
# A query takes `*` and a leading `/` for a pattern: neither may come from a scanned label.
_SERIAL: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{3,63}")


def read_task(names: Collection[str]) -> Task:
    """A task that reads parameters; `*` may stand for one part of a path.

    Raises Refused("bad-task"): without names, or with a name that ends in a dot, the real one
    answers nothing for 21 seconds and dies, or leaves a fault behind.
    """
    if not 0 < len(names) <= MOST_NAMES or not all(map(_NAME.fullmatch, names)):
        raise Refused("bad-task")
    return {"name": "getParameterValues", "parameterNames": sorted(names)}


def write_task(values: Mapping[str, Value]) -> Task:
    """A task that sets parameters. Raises Refused("bad-task"), for secrets too: a modem never
    tells them, so that no read-back could prove that they were taken."""
    if not 0 < len(values) <= MOST_NAMES:
        raise Refused("bad-task")
    for name in values:
        if not _NAME.fullmatch(name) or "*" in name or is_secret(name):
            raise Refused("bad-task")
    told = [[name, value, _xsd(value)] for name, value in sorted(values.items())]
    return {"name": "setParameterValues", "parameterValues": told}


def id_in_path(device_id: str) -> str:
    """A device's id as a part of an address. It holds percent signs of its own (`G%2D1425G`):
    they are encoded once more."""
    return quote(device_id, safe="")


def lookup(identity: Identity, mac_paths: Collection[str]) -> dict[str, Any]:
    """The query for the devices that any part of an identity means.

    Raises Refused("bad-serial") for what is no serial, MAC or GPON serial.
    """
    wanted = [
        *_by_serial(identity.serial),
        *_by_gpon(identity.gpon_serial),
        *_by_mac(identity.mac, mac_paths),
    ]
    if not wanted:
        raise Refused("bad-serial")
    return wanted[0] if len(wanted) == 1 else {"$or": wanted}


def _by_serial(serial: str) -> list[dict[str, str]]:
    if serial and not _SERIAL.fullmatch(serial):
        raise Refused("bad-serial")
    return [{"_deviceId._SerialNumber": serial}] if serial else []


def _by_gpon(said: str) -> list[dict[str, str]]:
    """Where a terminal gives the ACS its GPON serial, in one of the two ways it is written."""
    plain = gpon_serial(said)
    if said and not plain:
        raise Refused("bad-serial")
    forms = (plain, plain[:4].encode().hex().upper() + plain[4:]) if plain else ()
    return [{"_deviceId._SerialNumber": form} for form in forms]


def _by_mac(said: str, paths: Collection[str]) -> list[dict[str, str]]:
    mac = mac_address(said)
    if said and not mac:
        raise Refused("bad-serial")
    return [{path: form} for path in paths for form in (mac, mac.lower()) if mac]


def _xsd(value: Value) -> str:
    match value:
        case bool():
            return "xsd:boolean"
        case int():
            return "xsd:int"
        case _:
            return "xsd:string"
