"""What the serials of one model look like: one that looks otherwise is shown to a person first.

Makers publish no such rule: it is set by hand for a model, or learned from the equipment on file.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

from sync.gpon import gpon_serial

# So many serials of a model on file, before what they look like counts.
ENOUGH: Final = 10
HEAD: Final = 4

# By model, in capitals: what the whole serial must match.
Patterns = Mapping[str, str]


def is_usual(serial: str, model: str, patterns: Patterns, known: Collection[str]) -> bool:
    """Whether a serial looks like those of its model ("": not known), by its pattern or, without
    one, by the serials of that model that are `known`."""
    pattern = patterns.get(model.upper())
    if pattern is not None:
        return re.fullmatch(pattern, serial) is not None
    return len(known) < ENOUGH or shape(serial) in {shape(each) for each in known}


def shape(serial: str) -> str:
    """How long a serial is and how it begins: its GPON vendor, else letters as A and digits as 9.

    What follows is mostly a hexadecimal number, whose letters and digits fall as they like.
    """
    head = serial[:HEAD]
    if not gpon_serial(serial):
        head = re.sub("[0-9]", "9", re.sub("[A-Z]", "A", head))
    return f"{head}/{len(serial)}"
