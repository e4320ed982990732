"""Secrets, which come from files alone."""

from pathlib import Path
from typing import Final

_OTHERS_MAY_READ: Final = 0o007


def read_secret(path: str) -> str:
    """The secret in a file. Raises ValueError when it is missing, empty or open to everybody."""
    file = Path(path)
    if file.is_file() and file.stat().st_mode & _OTHERS_MAY_READ:
        raise ValueError(
            f"{file} : chmod 600 : chacun peut lire ce secret / everybody may read this secret"
        )
    secret = file.read_text("utf-8").strip() if file.is_file() else ""
    if not secret:
        raise ValueError(f"{path or '?'} : secret absent ou vide / secret missing or empty")
    return secret
