"""When a reading is good: `thresholds.toml`, or an installation's own copy of it."""

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from backend.cpe.units import PLAUSIBLE_DBM
from backend.toml_file import TomlFault, converted, load, only

Range = tuple[float, float]
Place = tuple[str, ...]


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Powers in dBm, weakest and strongest, edges included: good, and tolerated."""

    window: Range
    good: Range = msgspec.field(name="pass")


class Narrower(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an installation wants to be stricter; None is not stricter."""

    window: Range | None = None
    good: Range | None = msgspec.field(name="pass", default=None)


class OpticalClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The light at both ends of a class of ODN; None is not known."""

    rx_ont: Span
    rx_olt: Span | None = None


class Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one OLT or plan has of its own; "" and None are as everywhere."""

    optical_class: str = msgspec.field(name="class", default="")
    rx_ont: Span | None = None
    rx_olt: Span | None = None


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The stricter limits of this ISP."""

    rx_ont: Narrower = Narrower()
    rx_olt: Narrower = Narrower()


class Checks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The limits that no class changes; the file says what each is for."""

    unit_gap_db: float
    asymmetry_db: float
    recent_los_s: int
    hot_c: float
    oldest_reading_s: int
    lan_mbps: float


class Thresholds(msgspec.Struct, frozen=True):
    """The whole file, the ISP's stricter limits taken in; classes, OLTs, plans by their names."""

    checks: Checks
    classes: dict[str, OpticalClass]
    olts: dict[str, Override] = {}
    plans: dict[str, Override] = {}
    default_class: str = ""


class Limits(msgspec.Struct, frozen=True):
    """What counts for one line; a class that nobody knows has no limits, and is never guessed."""

    checks: Checks
    optical_class: str = ""
    rx_ont: Span | None = None
    rx_olt: Span | None = None


_KINDS: Final = ("classes", "olts", "plans")
_SIDES: Final = ("rx_ont", "rx_olt")
_ENDLESS: Final = float("inf")
_TOP: Final = ("default_class", "checks", "classes", "olts", "plans", "site")


def load_thresholds(path: Path | None = None) -> Thresholds:
    """The thresholds in a file, or the default ones. Raises TomlFault, naming file and line."""
    return load(path or resources.files("backend.cpe") / "thresholds.toml", parse_thresholds)


def parse_thresholds(raw: dict[str, Any]) -> Thresholds:
    """The thresholds out of decoded TOML. Raises TomlFault, naming the place."""
    only(raw, _TOP, ())
    thresholds = Thresholds(
        converted(raw.get("checks", {}), Checks, ("checks",)),
        _named(raw, "classes", OpticalClass),
        _named(raw, "olts", Override),
        _named(raw, "plans", Override),
        converted(raw.get("default_class", ""), str, ("default_class",)),
    )
    site = converted(raw.get("site", {}), Site, ("site",))
    for fault in _faults(thresholds, site):
        raise fault
    return _stricter(thresholds, site)


def limits_of(
    thresholds: Thresholds, *, optical_class: str = "", plan: str = "", olt: str = ""
) -> Limits:
    """What counts for a line: its own class before the plan's, the OLT's and the default one."""
    own = [each for each in (thresholds.plans.get(plan), thresholds.olts.get(olt)) if each]
    named = [optical_class, *(each.optical_class for each in own), thresholds.default_class]
    name = next(filter(None, named), "")
    known = thresholds.classes.get(name)
    if known is None:
        return Limits(thresholds.checks)
    return Limits(
        thresholds.checks,
        name,
        next(filter(None, [*(each.rx_ont for each in own), known.rx_ont]), None),
        next(filter(None, [*(each.rx_olt for each in own), known.rx_olt]), None),
    )


def _stricter(thresholds: Thresholds, site: Site) -> Thresholds:
    kinds = {kind: getattr(thresholds, kind) for kind in _KINDS}
    narrower = {
        kind: {name: replace(each, **_sides(each, site)) for name, each in named.items()}
        for kind, named in kinds.items()
    }
    return replace(thresholds, **narrower)


def _sides(each: OpticalClass | Override, site: Site) -> dict[str, Span | None]:
    return {side: _narrowed(getattr(each, side), getattr(site, side)) for side in _SIDES}


def _narrowed(span: Span | None, site: Narrower) -> Span | None:
    if span is None:
        return None
    window = _within(span.window, site.window)
    return Span(window, _within(_within(span.good, site.good), window))


def _within(one: Range, other: Range | None) -> Range:
    return one if other is None else (max(one[0], other[0]), min(one[1], other[1]))


def _named(raw: dict[str, Any], name: str, kind: type[Any]) -> dict[str, Any]:
    """Each entry is read for itself, and each of its keys, so that a fault names its own line."""
    found = {}
    for key, part in converted(raw.get(name, {}), dict[str, Any], (name,)).items():
        found[key] = converted(part, kind, (name, key))
    return found


def _faults(thresholds: Thresholds, site: Site) -> Iterator[TomlFault]:
    """What is well formed and yet cannot be."""
    for name, value in msgspec.structs.asdict(thresholds.checks).items():
        if not 0 < value < _ENDLESS:
            yield TomlFault(("checks", name), "il faut un nombre positif", "must be positive")
    yield from _class_faults(thresholds, ("default_class",), thresholds.default_class)
    for kind in _KINDS:
        for name, own in getattr(thresholds, kind).items():
            yield from _class_faults(thresholds, (kind, name), getattr(own, "optical_class", ""))
            for side in _SIDES:
                yield from _span_faults((kind, name, side), getattr(own, side))
    for side in _SIDES:
        yield from _site_faults(thresholds, side, getattr(site, side))


def _class_faults(thresholds: Thresholds, place: Place, name: str) -> Iterator[TomlFault]:
    if name and name not in thresholds.classes:
        yield TomlFault(place, f"aucune classe de ce nom : {name}", f"no such class: {name}")


def _span_faults(place: Place, span: Span | None) -> Iterator[TomlFault]:
    if span is None:
        return
    yield from _range_faults((*place, "window"), span.window)
    yield from _range_faults((*place, "pass"), span.good)
    if _within(span.good, span.window) != span.good:
        fr, en = "pass doit être dans window", "pass must lie within window"
        yield TomlFault((*place, "pass"), fr, en)


def _site_faults(thresholds: Thresholds, side: str, site: Narrower) -> Iterator[TomlFault]:
    yield from _range_faults(("site", side, "window"), site.window)
    yield from _range_faults(("site", side, "pass"), site.good)
    for name, each in thresholds.classes.items():
        left = _narrowed(getattr(each, side), site)
        if left and not left.good[0] < left.good[1]:
            fr, en = f"rien ne passe plus en {name}", f"nothing passes any more in {name}"
            yield TomlFault(("site", side), fr, en)


def _range_faults(place: Place, limits: Range | None) -> Iterator[TomlFault]:
    if limits is None:
        return
    if not limits[0] < limits[1]:
        fr, en = (
            "d'abord le plus faible, puis le plus fort",
            "the weakest first, then the strongest",
        )
        yield TomlFault(place, fr, en)
    if not PLAUSIBLE_DBM[0] <= limits[0] <= limits[1] <= PLAUSIBLE_DBM[1]:
        low, high = PLAUSIBLE_DBM
        yield TomlFault(place, f"de {low} à {high} dBm", f"from {low} to {high} dBm")
