"""A device document of GenieACS as a summary of the terminal, by the map of its kind."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from backend.cpe.genieacs.parameter_map import (
    RADIO,
    ROWS,
    Columns,
    Joined,
    ParameterMap,
    Table,
    alternative,
    map_of,
)
from backend.cpe.genieacs.rules import RULES
from backend.cpe.genieacs.tree import Leaves, among, leaves, milliseconds
from backend.cpe.readings import Confidence, MeshNode, Reading, Source, Summary, Wifi, WifiClient
from backend.cpe.units import Power
from sync.gpon import gpon_serial

_CONTROLLER: Final = "1"  # WiFi.MultiAP.APDevice.1 is the terminal itself


class _Row(NamedTuple):
    """One row: its numbers, one for each `*`, its columns, and the number of the joined row."""

    numbers: tuple[str, ...]
    columns: dict[str, Any]
    joined: str
    owner: str


def summary(document: Mapping[str, Any]) -> Summary:
    """What the ACS last heard. A terminal of a kind that has no map is empty, not wrong.

    Raises Unavailable when the document cannot be one of GenieACS.
    """
    found = leaves(document)
    last_inform = document.get("_lastInform")
    last_inform_ms = milliseconds(last_inform) if last_inform else None
    kind = map_of(document, found)
    if kind is None:
        return Summary(last_inform_ms=last_inform_ms)
    decoder = _Decoder(kind, found)
    tables = ("optical_status", "interface", "hosts", "voice")
    parts: dict[str, Any] = {name: decoder.parts(name) for name in tables}
    return Summary(
        last_inform_ms=last_inform_ms,
        wifi=decoder.wifi(),
        mesh=decoder.mesh(),
        **(_by_its_calls(document, last_inform_ms) | decoder.columns(kind.values, kind.root, "")),
        **parts,
    )


def _by_its_calls(document: Mapping[str, Any], at_ms: int | None) -> dict[str, Any]:
    """The serial that a terminal gives with every Inform, for one whose own leaf was never read.
    Where it gives its GPON serial instead, that says nothing of the other."""
    said = str(document.get("_deviceId", {}).get("_SerialNumber", ""))
    if not said or at_ms is None or gpon_serial(said):
        return {}
    return {"serial": Reading(said, Source.ONT_TR069, at_ms, "_deviceId._SerialNumber", said)}


class _Decoder:
    def __init__(self, kind: ParameterMap, found: Leaves) -> None:
        self._kind, self._found = kind, found
        self._clients = list(self._rows("clients"))

    def parts(self, name: str) -> tuple[Any, ...]:
        """The rows of a table as the structs that the summary has for them."""
        return tuple(ROWS[name](**row.columns) for row in self._rows(name))

    def wifi(self) -> tuple[Wifi, ...]:
        """The networks with their clients. Where clients are told by the radio they are on, they
        are shown with the radio's first network that is on."""
        shown: set[str] = set()
        networks = []
        for row in self._rows("wifi"):
            is_on = not (enabled := row.columns.get("enabled")) or bool(enabled.value)
            is_first = bool(row.joined) and is_on and row.joined not in shown
            shown |= {row.joined} if is_first else set()
            clients = tuple(self._clients_of(row, is_first=is_first))
            networks.append(Wifi(**row.columns, clients=clients))
        return tuple(networks)

    def mesh(self) -> tuple[MeshNode, ...]:
        """The units of the mesh, with how many devices each has."""
        return tuple(
            MeshNode(**row.columns, clients=self._count_at(row.numbers[0]))
            for row in self._rows("mesh")
        )

    def columns(self, columns: Columns, row: str, joined: str) -> dict[str, Any]:
        """Those columns of a row that can be read; `row` and `joined` are whole paths."""
        read = {name: self._first(said, row, joined) for name, said in columns.items()}
        return {name: reading for name, reading in read.items() if reading is not None}

    def _clients_of(self, network: _Row, *, is_first: bool) -> Iterator[WifiClient]:
        for client in self._clients:
            if client.owner == RADIO:
                is_here = is_first and client.numbers[:2] == (_CONTROLLER, network.joined)
            else:
                is_here = client.numbers[0] == network.numbers[0]
            if is_here:
                yield WifiClient(**client.columns)

    def _count_at(self, unit: str) -> int:
        return sum(row.owner == RADIO and row.numbers[0] == unit for row in self._clients)

    def _rows(self, name: str) -> Iterator[_Row]:
        for table in self._kind.tables.get(name, []):
            for path, numbers in self._paths(f"{self._kind.root}.{table.rows}"):
                row = self._row(table, path, numbers)
                if row.columns:
                    yield row

    def _row(self, table: Table, path: str, numbers: tuple[str, ...]) -> _Row:
        joined = self._joined(table.joined, path, numbers) if table.joined else ""
        rows = table.joined.rows.replace("*", joined) if table.joined and joined else ""
        columns = self.columns(table.columns, path, f"{self._kind.root}.{rows}" if rows else "")
        if columns:
            newest = max(reading.as_of_ms for reading in columns.values())
            fixed = {
                key: Reading(value, Source.ONT_TR069, newest, path)
                for key, value in table.fixed.items()
            }
            columns = fixed | columns
        return _Row(numbers, columns, joined, table.owner)

    def _joined(self, joined: Joined, path: str, numbers: tuple[str, ...]) -> str:
        leaf = self._found.get(f"{path}.{joined.by}")
        stem = re.escape(joined.rows).replace(r"\*", r"(\d+)")
        told = re.search(stem + r"(?:\.|$)", str(leaf.value)) if leaf else None
        return told.group(1) if told else joined.otherwise.get(numbers[-1], "")

    def _paths(self, rows: str) -> list[tuple[str, tuple[str, ...]]]:
        """The rows that are there, in the order of their numbers."""
        pattern = re.compile(re.escape(rows).replace(r"\*", r"(\d+)") + r"(?=\.)")
        met = {match.group(): match.groups() for match in map(pattern.match, self._found) if match}
        return sorted(met.items(), key=lambda each: tuple(map(int, each[1])))

    def _first(self, column: list[str], row: str, joined: str) -> Reading[Any] | None:
        for path, rule in map(alternative, column):
            base = joined if path.startswith("@") else row
            name = f"{base}.{path.removeprefix('@')}"
            for whole in sorted(among(self._found, [name])) if "*" in name else [name]:
                if base and (reading := self._reading(whole, rule)):
                    return reading
        return None

    def _reading(self, path: str, name: str) -> Reading[Any] | None:
        leaf = self._found.get(path)
        rule, unit = RULES[name], RULES[name].unit
        value = rule.convert(leaf.value) if leaf else None
        if leaf is None or value is None:
            return None
        source, raw, at_ms = Source.ONT_TR069, str(leaf.value), leaf.at_ms
        if not isinstance(value, Power):
            return Reading(value, source, at_ms, path, raw, unit, name)
        confidence = Confidence.CONFIRMED if self._kind.confirmed else Confidence.UNCONFIRMED
        return Reading(value.dbm, source, at_ms, path, raw, unit, value.unit_rule, confidence)
