"""Where each kind of OLT keeps what it knows of a terminal; `profiles/*.toml` say it, or a file of
the installation's own."""

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from backend.cpe.readings import Confidence
from backend.toml_file import TomlFault, converted, load

Index = tuple[int, ...]  # what follows a column's own numbers in an OID: one row
Span = tuple[float, float]

SERIAL: Final = "serial"
_OID: Final = re.compile(r"\d+(?:\.\d+)*")


class Kind(NamedTuple):
    """What a column tells: `form` is text, word, number or instant; a number has a unit, and what
    lies outside of `plausible` is no reading."""

    form: str
    unit: str = ""
    plausible: Span = (0.0, 0.0)


_POWER: Final = Kind("number", "dBm", (-45.0, 10.0))
KINDS: Final = {
    SERIAL: Kind("text"),
    "model": Kind("text"),
    "firmware": Kind("text"),
    "state": Kind("word"),
    "last_down_cause": Kind("word"),
    "last_up_at_ms": Kind("instant"),
    "last_down_at_ms": Kind("instant"),
    "distance_m": Kind("number", "m", (1.0, 60_000.0)),  # ITU-T G.984.1: 60 km is the logical reach
    "rx_dbm": _POWER,
    "tx_dbm": _POWER,
    "olt_rx_dbm": _POWER,
    "temperature_c": Kind("number", "C", (-40.0, 125.0)),
    "supply_v": Kind("number", "V", (1.0, 6.0)),
}


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One column, below the profile's base. `tail` follows the row's index. A number is raw *
    times + plus by the one of `scales` that is plausible; a text that holds one is as it says."""

    oid: str
    tail: Index = ()
    scales: tuple[tuple[float, float], ...] = ((1.0, 0.0),)
    words: dict[str, str] = {}
    plausible: Span | None = None


class PortField(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a port's name: `bits` bits, from `shift` on, of the index's number `at`."""

    at: int = 0
    shift: int = 0
    bits: int = 32


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a row's index means: `length` numbers, the terminal's is at `onu`; the port's name is
    its fields with slashes between, after `prefix`."""

    length: int
    onu: int
    port: tuple[PortField, ...]
    prefix: str = ""

    def port_of(self, index: Index) -> str:
        """The port's name, as the OLT's own command line has it: 0/5/2."""
        parts = (index[each.at] >> each.shift & (1 << each.bits) - 1 for each in self.port)
        return self.prefix + "/".join(map(str, parts))


class Trace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table in which terminals are that are not registered: found, or refused. `state` is what
    being there means, unless `result` tells it in one of `words`. Rows begin with a port's index.
    """

    serial: str
    at: str = ""
    state: str = ""
    result: str = ""
    words: dict[str, str] = {}


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of OLT. `system` begins its sysObjectID (none: it is never guessed), `none` are the
    numbers that stand for no reading."""

    name: str
    base: str
    index: Layout
    columns: dict[str, Column]
    vendor: str = ""
    confidence: Confidence = Confidence.UNCONFIRMED
    system: tuple[str, ...] = ()
    none: frozenset[int] = frozenset()
    traces: tuple[Trace, ...] = ()

    def oid(self, name: str, index: Index) -> str:
        """Where a column of a row is."""
        column = self.columns[name]
        return self.below(column.oid, (*index, *column.tail))

    def below(self, oid: str, index: Index = ()) -> str:
        """A column below the profile's base, or one of its rows."""
        return ".".join([self.base, oid, *map(str, index)])


def load_profile(name: str) -> Profile:
    """A profile that comes with Terrain, or the one in a file (a name that ends in .toml).

    Raises TomlFault, naming file and line, and ValueError when there is none.
    """
    if name.endswith(".toml"):
        if not Path(name).is_file():
            raise ValueError(f"{name} : fichier absent / no such file")
        return load(Path(name), parse_profile)
    if name not in shipped():
        known = ", ".join(shipped())
        raise ValueError(f"profil inconnu / unknown profile : {name} ({known})")
    return load(resources.files("backend.cpe.olt") / "profiles" / f"{name}.toml", parse_profile)


def shipped() -> tuple[str, ...]:
    """The names of the profiles that come with Terrain."""
    files = (resources.files("backend.cpe.olt") / "profiles").iterdir()
    return tuple(sorted(each.name.removesuffix(".toml") for each in files))


def parse_profile(raw: dict[str, Any]) -> Profile:
    """The profile out of decoded TOML. Raises TomlFault, naming the place."""
    columns = {
        name: converted(part, Column, ("columns", name))
        for name, part in converted(raw.get("columns", {}), dict[str, Any], ("columns",)).items()
    }
    profile = converted({**raw, "columns": {}}, Profile, ())
    profile = msgspec.structs.replace(profile, columns=columns)
    for fault in _faults(profile):
        raise fault
    return profile


def _faults(profile: Profile) -> Iterator[TomlFault]:
    if SERIAL not in profile.columns:
        yield TomlFault(("columns",), "il faut la colonne serial", "the column serial is needed")
    for name, column in profile.columns.items():
        place = ("columns", name)
        if name not in KINDS:
            yield TomlFault(place, "aucune colonne de ce nom", "no such column")
        if not _OID.fullmatch(column.oid):
            yield TomlFault((*place, "oid"), "ce n'est pas un OID", "this is no OID")
    if not _OID.fullmatch(profile.base):
        yield TomlFault(("base",), "ce n'est pas un OID", "this is no OID")
    layout = profile.index
    if not all(0 <= at < layout.length for at in (layout.onu, *(each.at for each in layout.port))):
        fr, en = "au-delà de la longueur de l'index", "beyond the length of the index"
        yield TomlFault(("index",), fr, en)
