"""One fault, as a text of one file that another one replaces."""

from typing import Final, NamedTuple

PHONE: Final = "pwa/src/sync"


class Mutant(NamedTuple):
    """One text of one file, and what stands in its place; `by_phones`: it takes the
    shipped sync to find it, which has photos."""

    file: str
    before: str
    after: str
    by_phones: bool = False

    @property
    def driver(self) -> str:
        """Who executes the file, or is needed."""
        return "node" if self.by_phones or self.file.startswith(PHONE) else "fast"
