"""The provision and the preset that an ACS is to have, out of the files beside this module."""

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final, NamedTuple

from backend.cpe.genieacs.parameter_map import MAPS

NAME: Final = "terrain-birth"


class Wished(NamedTuple):
    """One thing that the ACS is to have: what is put there, and how it shows it afterwards."""

    collection: str
    content: bytes
    shown: Mapping[str, Any]


def wished() -> tuple[Wished, ...]:
    """In an order in which each finds what it names."""
    paths = sorted({name for each in MAPS for name in each.names})
    script = _file("birth.js").replace("of PATHS)", f"of {json.dumps(paths, indent=2)})")
    preset = _file("preset.json")
    return (
        Wished("provisions", script.encode(), {"_id": NAME, "script": script}),
        Wished("presets", preset.encode(), {"_id": NAME, **json.loads(preset)}),
    )


def _file(name: str) -> str:
    return (resources.files("backend.cpe.genieacs.install") / name).read_text("utf-8")
