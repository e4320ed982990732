"""One way to write a MAC address, whichever way it was told."""

import re
from typing import Final

_DIGITS: Final = re.compile("[0-9A-F]{12}")


def mac_address(said: str) -> str:
    """In capitals with colons; "" for what is none."""
    digits = re.sub("[ :.-]", "", said.upper())
    if not _DIGITS.fullmatch(digits):
        return ""
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))
