"""How names are compared: without their accents and their capitals."""

import unicodedata
from functools import lru_cache


@lru_cache(4096)  # a few hundred people, asked for at each change of the board
def alphabetical(name: str) -> str:
    """A key by which Étienne stands with the E's, as in a directory."""
    letters = unicodedata.normalize("NFD", name)
    return "".join(each for each in letters if not unicodedata.combining(each)).casefold()
