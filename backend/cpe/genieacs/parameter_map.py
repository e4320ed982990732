"""Where each kind of terminal keeps what we read: the files in `models/`, judged when loaded."""

import tomllib
from importlib import resources
from typing import Final

import msgspec

from backend.cpe.genieacs.rules import RULES, TEXT
from backend.cpe.genieacs.tree import Leaves, Value, projection
from backend.cpe.readings import (
    Host,
    Interface,
    MeshNode,
    OpticalStatus,
    Summary,
    VoiceLine,
    Wifi,
    WifiClient,
)

ROWS: Final[dict[str, type[msgspec.Struct]]] = {
    "optical_status": OpticalStatus,
    "interface": Interface,
    "wifi": Wifi,
    "clients": WifiClient,
    "mesh": MeshNode,
    "hosts": Host,
    "voice": VoiceLine,
}
SSID: Final = "ssid"
RADIO: Final = "radio"
# From the most to the least particular: the first that fits a terminal is its map.
_FILES: Final = ("tp-link", "tr-181", "tr-098")

Columns = dict[str, list[str]]


class Joined(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The row that another leads to: by the reference in its leaf `by`, or, where that is missing,
    `otherwise`, by the row's own number."""

    by: str
    rows: str
    otherwise: dict[str, str] = {}


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of one kind; `owner` says to what a client belongs."""

    rows: str
    columns: Columns
    fixed: dict[str, str] = {}
    joined: Joined | None = None
    owner: str = SSID


class ParameterMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of terminal. `confirmed` is set once its optical rules were held against a meter."""

    name: str
    root: str
    live: list[str]
    values: Columns
    tables: dict[str, list[Table]]
    manufacturer: str = ""
    confirmed: bool = False

    @property
    def live_names(self) -> tuple[str, ...]:
        """The parameters to read anew for a check, whole."""
        return tuple(f"{self.root}.{name}" for name in self.live)

    @property
    def mac_paths(self) -> tuple[str, ...]:
        """The leaves by which a terminal is found that is known by its MAC."""
        return tuple(f"{self.root}.{alternative(said)[0]}" for said in self.values["mac"])


def alternative(said: str) -> tuple[str, str]:
    """The path and the rule of one entry of a column."""
    path, _, rule = said.partition(" ")
    return path, rule or TEXT


def map_of(found: Leaves) -> ParameterMap | None:
    """The map of the terminal whose leaves these are; None when none has its root."""
    return next((each for each in MAPS if _fits(each, found)), None)


def everything() -> tuple[str, ...]:
    """What to ask the ACS for, whatever the terminal is."""
    return projection(path for each in MAPS for path in _paths(each))


def _fits(each: ParameterMap, found: Leaves) -> bool:
    if not any(path.startswith(f"{each.root}.") for path in found):
        return False
    named = found.get(f"{each.root}.DeviceInfo.Manufacturer")
    said: Value = named.value if named else ""
    return each.manufacturer.lower() in str(said).lower()


def _paths(each: ParameterMap) -> list[str]:
    kinds = [f"{each.root}.DeviceInfo.Manufacturer"]
    kinds += [f"{each.root}.{alternative(said)[0]}" for c in each.values.values() for said in c]
    for table in (table for tables in each.tables.values() for table in tables):
        kinds.append(f"{each.root}.{table.rows}")
        kinds += [f"{each.root}.{table.joined.rows}"] if table.joined else []
    return kinds


def _load(name: str) -> ParameterMap:
    """Raises ValueError, which names the file, for a rule, table or column that is not known."""
    text = (resources.files("backend.cpe.genieacs") / "models" / f"{name}.toml").read_text("utf-8")
    loaded = msgspec.convert(tomllib.loads(text), ParameterMap)
    _check(loaded, loaded.values, Summary)
    for kind, tables in loaded.tables.items():
        for table in tables:
            _check(loaded, table.columns, ROWS[kind])
    return loaded


def _check(where: ParameterMap, columns: Columns, kind: type[msgspec.Struct]) -> None:
    for column, said in columns.items():
        unknown = {rule for _, rule in map(alternative, said)} - RULES.keys()
        if column not in kind.__struct_fields__ or unknown:
            raise ValueError(f"{where.name}: {column} {sorted(unknown)}")


MAPS: Final = tuple(map(_load, _FILES))
