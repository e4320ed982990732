"""A terminal's parameters, and what the ACS has learned of them."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from importlib import resources
from typing import Any, Final, NamedTuple

Value = str | int | bool
XX230V_SERIAL: Final = "22275A7000395"
_INTEGERS: Final = frozenset({"xsd:int", "xsd:unsignedInt", "xsd:unsignedLong"})


class Parameter(NamedTuple):
    """One leaf or object of a data model."""

    is_object: bool
    is_writable: bool
    value: Value = ""
    type: str = "xsd:string"


class Terminal:
    """What a terminal is: who it says it is, and its data model by path."""

    def __init__(
        self,
        oui: str,
        product_class: str,
        serial: str,
        model: Mapping[str, Parameter],
        manufacturer: str = "TP-Link",
    ) -> None:
        self.oui, self.product_class, self.serial = oui, product_class, serial
        self.manufacturer = manufacturer
        self.model = dict(model)
        # By the name of a task: the CWMP fault (code, words) with which it is answered.
        self.refuses: dict[str, tuple[str, str]] = {}

    @property
    def id(self) -> str:
        """As lib/util.ts makes it: all but letters, digits and `_` is percent-encoded."""
        return "-".join(map(_encoded, (self.oui, self.product_class, self.serial)))

    def set(self, path: str, value: Value) -> None:
        """What the terminal itself changes, writable or not."""
        self.model[path] = self.model[path]._replace(value=value)

    def matching(self, name: str) -> list[str]:
        """The paths that a name means, `*` for one part."""
        if "*" not in name:
            return [name] if name in self.model else []
        pattern = re.compile(r"[^.]+".join(map(re.escape, name.split("*"))))
        return [path for path in self.model if pattern.fullmatch(path)]

    def below(self, name: str) -> list[str]:
        """An object and all that is in it; "" is everything."""
        stem = name.rstrip(".")
        return [path for path in self.model if not stem or f"{path}.".startswith(f"{stem}.")]


class Known:
    """What the ACS has of a terminal: leaves with the value and time of the last reading."""

    def __init__(self, terminal: Terminal, informed: datetime) -> None:
        self.terminal = terminal
        self.last_inform = informed
        self.tags: list[str] = []
        self._seen: dict[str, dict[str, Any]] = {}
        self._shown: tuple[Any, dict[str, Any]] = (None, {})
        self._version = 0

    def learn(self, paths: Iterable[str], at: datetime) -> None:
        """Take the values of these leaves, and the existence of these objects."""
        self._version += 1
        for path in paths:
            parameter = self.terminal.model[path]
            node = _about(parameter)
            if not parameter.is_object:
                node |= {"_value": parameter.value, "_type": parameter.type}
            self._seen[path] = node | {"_timestamp": stamp(at)}

    def hear(self, paths: Iterable[str], at: datetime) -> None:
        """Take the leaves that came with an Inform: it does not say which can be written."""
        self.learn(paths, at)
        self._version += 1
        for path in paths:
            del self._seen[path]["_writable"]

    def discover(self, paths: Iterable[str]) -> None:
        """Know that these are there, and nothing more: a leaf has no `_value` yet."""
        self._version += 1
        for path in paths:
            self._seen.setdefault(path, _about(self.terminal.model[path]))

    def document(self) -> dict[str, Any]:
        """As the northbound interface shows it; made anew only once something has changed, as an
        ACS of hundreds of terminals looks through all of them."""
        present = self._version, self.last_inform, tuple(self.tags)
        if self._shown[0] != present:
            self._shown = present, self._document()
        return self._shown[1]

    def _document(self) -> dict[str, Any]:
        terminal = self.terminal
        document: dict[str, Any] = {
            "_id": terminal.id,
            "_lastInform": stamp(self.last_inform),
            "_deviceId": {
                "_Manufacturer": terminal.manufacturer,
                "_OUI": terminal.oui,
                "_ProductClass": terminal.product_class,
                "_SerialNumber": terminal.serial,
            },
        } | ({"_tags": list(self.tags)} if self.tags else {})
        for path, node in self._seen.items():
            place = document
            for part in path.split("."):
                place = place.setdefault(part, {})
            place |= node
        return document


def stamp(at: datetime) -> str:
    """An instant as GenieACS writes it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def typed(text: str, kind: str) -> Value:
    """A value of an XML Schema type out of its text."""
    if kind == "xsd:boolean":
        return text in ("true", "1")
    return int(text) if kind in _INTEGERS else text


def xx230v(serial: str = XX230V_SERIAL, mac: str = "1C:61:B4:00:00:01") -> Terminal:
    """A TP-Link XX230v with some 290 parameters, after public descriptions."""
    table = (resources.files(__package__ or "") / "xx230v.csv").read_text("utf-8")
    terminal = Terminal("1C61B4", "Device2", serial, dict(_rows(table)))
    terminal.set("Device.DeviceInfo.SerialNumber", serial)
    terminal.set("Device.Ethernet.Interface.1.MACAddress", mac)
    return terminal


def _about(parameter: Parameter) -> dict[str, Any]:
    return {"_object": parameter.is_object, "_writable": parameter.is_writable}


def _rows(table: str) -> Iterator[tuple[str, Parameter]]:
    for row in csv.DictReader(table.splitlines()):
        is_object, kind = row["Object"] == "true", row["Value type"]
        value = typed(row["Value"], kind)
        yield row["Parameter"], Parameter(is_object, row["Writable"] == "true", value, kind)


def _encoded(part: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", lambda odd: f"%{ord(odd.group()):02X}", part)
