"""What is typed to make an account of the office: an address, and a password that nobody sees."""

import getpass
import re
import sys
from typing import Final

_ADDRESS: Final = re.compile(r"[^\s@|,;<>\"]{1,64}@[a-z0-9.-]{1,70}")


def address(text: str) -> str:
    """An e-mail address as accounts have it. Raises ValueError."""
    lowered = text.strip().lower()
    if not _ADDRESS.fullmatch(lowered):
        raise ValueError(text)
    return lowered


def typed_password() -> str:
    """Typed twice at a terminal, else one line of standard input. Raises ValueError."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Mot de passe / Password : ")
    if getpass.getpass("Encore / Again : ") != first:
        raise ValueError("mot de passe : deux saisies différentes / password: two that differ")
    return first
