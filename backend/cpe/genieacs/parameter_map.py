"""Where each kind of terminal keeps what we read: the files in `models/`, judged when loaded."""

import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, Final

import msgspec

from backend.cpe.genieacs.rules import RULES, TEXT
from backend.cpe.genieacs.tree import Leaves, projection
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

    def names(self) -> Iterator[str]:
        """The parameters of the rows and of those that they lead to."""
        if self.joined:
            yield f"{self.rows}.{self.joined.by}"
        for path, _ in (alternative(said) for column in self.columns.values() for said in column):
            base = self.joined.rows if self.joined and path.startswith("@") else self.rows
            yield f"{base}.{path.removeprefix('@')}"


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
        """The parameters that change, to be read anew for a check."""
        return tuple(f"{self.root}.{name}" for name in self.live)

    @property
    def names(self) -> tuple[str, ...]:
        """All the parameters that the map means."""
        single = [alternative(said)[0] for column in self.values.values() for said in column]
        tables = (table for tables in self.tables.values() for table in tables)
        found = {*single, *(name for table in tables for name in table.names())}
        return tuple(f"{self.root}.{name}" for name in sorted(found))

    @property
    def mac_paths(self) -> tuple[str, ...]:
        """The leaves by which a terminal is found that is known by its MAC."""
        return tuple(f"{self.root}.{alternative(said)[0]}" for said in self.values["mac"])


def alternative(said: str) -> tuple[str, str]:
    """The path and the rule of one entry of a column."""
    path, _, rule = said.partition(" ")
    return path, rule or TEXT


def map_of(document: Mapping[str, Any], found: Leaves) -> ParameterMap | None:
    """The map of the terminal with this document and these leaves; None when none has its root.

    Who made it is told by each Inform, while the leaf that says so may never have been read.
    """
    made_by = str(document.get("_deviceId", {}).get("_Manufacturer", "")).lower()
    return next(
        (
            each
            for each in MAPS
            if each.manufacturer.lower() in made_by
            and any(path.startswith(f"{each.root}.") for path in found)
        ),
        None,
    )


def everything() -> tuple[str, ...]:
    """What to ask the ACS for, whatever the terminal is."""
    return projection(name for each in MAPS for name in each.names)


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
