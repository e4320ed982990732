"""Reads what the board's page sends."""

from typing import TypeVar

import msgspec

from backend.errors import Unreadable

Asked = TypeVar("Asked")


def read_asked(body: bytes, kind: type[Asked]) -> Asked:
    """The struct in a JSON body. Raises Unreadable."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("json") from error
