"""Secrets, which come from files alone."""

from pathlib import Path


def read_secret(path: str) -> str:
    """The secret in a file. Raises ValueError when it is missing or empty."""
    file = Path(path)
    secret = file.read_text("utf-8").strip() if file.is_file() else ""
    if not secret:
        raise ValueError(f"{path or '?'} : secret absent ou vide / secret missing or empty")
    return secret
