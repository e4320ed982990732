"""Takes in what a phone that may not sync any more still held, as the office hands it in.

Each mutation is judged as if its phone had sent it: the same author, times, trunk and rules, once
whatever way it comes. It has no number: a phone that is let in again numbers it by itself.
"""

import uuid
from typing import Final, NamedTuple

from sqlalchemy import Connection

from backend.errors import AppError
from backend.store.apply import Decided, apply_submitted
from backend.store.blobs.uploads import Quota, Upload, create_upload
from backend.store.clock import Clock
from backend.store.devices import Device, list_devices
from backend.store.incoming import read_mutation
from sync.state import Actor, ActorKind

# The office has looked at it: what bounds a phone bounds nobody here.
_NO_QUOTA: Final = Quota(2**60, 2**31)


class NoSuchDevice(AppError):
    """The technician never had that phone: the file is not one of ours."""

    code = "no-such-device"
    status = 404


class Place(NamedTuple):
    """Where the bytes of a photo go, and whether they are there."""

    upload: str
    complete: bool


def take_in(
    conn: Connection, technician: str, replica: tuple[str, int], raw: bytes, clock: Clock
) -> Decided:
    """Decide one mutation (JSON) of a replica (device, epoch) of a technician (a record key).

    Raises NoSuchDevice; Unreadable for what has no id.
    """
    whose = _device(conn, technician, replica[0]).technician
    writer = f"{replica[0]}:{replica[1]}"
    actor = Actor(ActorKind.TECHNICIAN, whose.key, whose.name, writer)
    return apply_submitted(conn, actor, [read_mutation(raw)], clock, replica)


def place_photo(
    conn: Connection, technician: str, device: str, photo: tuple[str, str, int], now_ms: int
) -> Place:
    """Make room for a photo of a phone: its SHA-256 (hex), media type and size in bytes.

    Raises NoSuchDevice.
    """
    _device(conn, technician, device)
    sha256, media_type, size = photo
    wanted = Upload(str(uuid.uuid4()), device, sha256, media_type, size, created_at=now_ms)
    made = create_upload(conn, wanted, _NO_QUOTA)
    return Place(made.id, made.complete)


def _device(conn: Connection, technician: str, device: str) -> Device:
    found = [each for each in list_devices(conn, technician) if each.id == device]
    if not found:
        raise NoSuchDevice(device)
    return found[0]
