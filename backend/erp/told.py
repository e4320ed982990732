"""What a visit's document shows of Terrain itself: never read, and never a reason to write."""

from collections.abc import Collection, Iterator
from collections.abc import Mapping as Map
from enum import StrEnum
from typing import Final, get_args

from backend.toml_file import TomlFault
from sync.arguments import Verdict
from sync.protocol import Fate


class Told(StrEnum):
    """What is told: when a phone last spoke, how far its work is on file, what the last check of
    the line found, and where the board shows the visit."""

    LAST_CONTACT = "last_contact"
    SYNC_STATE = "sync_state"
    VERDICT = "verdict"
    LINK = "link"


# By what is told in words: the codes that the map of the same name must have a word for.
CODES: Final[dict[str, tuple[str, ...]]] = {
    Told.SYNC_STATE: (Fate.FILED, Fate.HELD, Fate.CONFLICT),
    Told.VERDICT: get_args(Verdict),
}


def told_faults(
    place: tuple[str, ...],
    told: Map[str, str],
    values: Map[str, Map[str, tuple[str, ...]]],
    own: Collection[str],
) -> Iterator[TomlFault]:
    """What is wrong in the table at `place` of a mapping that has the maps `values`; `own` are the
    fields of the document's cells, which must not be written over."""
    for name, field in told.items():
        if field in own:
            fr, en = f"« {field} » est le champ d'une cellule", f'"{field}" is the field of a cell'
            yield TomlFault((*place, name), fr, en)
        if name not in list(Told) or place[1] != "job":
            fr, en = "cela ne se dit pas d'un document", "no document is told that"
            yield TomlFault((*place, name), fr, en)
        for code in CODES.get(name, ()):
            if not values.get(name, {}).get(code):
                fr, en = f"aucun mot pour {code} : values.{name}", f"no word for {code}"
                yield TomlFault((*place, name), fr, f"{en}: values.{name}")
