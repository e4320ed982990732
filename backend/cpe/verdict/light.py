"""Judges the light at both ends of the fibre; the twin of `pwa/src/verdict/light.ts`."""

from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any, Final

from msgspec.structs import replace

from backend.cpe.readings import Confidence, Reading, Source
from backend.cpe.thresholds import Limits, Span
from backend.cpe.units import PLAUSIBLE_DBM
from backend.cpe.verdict.model import Case, Check, CheckName, Reason, Remark, State

Light = Reading[float]

_TERMINAL: Final = (Source.ONT_TR069, Source.ONT_WEB)


def rx_ont(case: Case) -> Check:
    """What the terminal receives: by itself, by its OLT, by a meter at its plug.

    The terminal's own word is judged. Where its light is told by two who differ, one has a unit
    wrong or a bad meter: then a rule that was confirmed counts, else the meter, which a person
    held there, else the OLT. A meter that differs from what is judged is told.
    """
    own, olt, meter = _tellers(case)
    gap = _gap(own, olt or meter)
    light = own or olt or meter
    if _is_doubtful(own, gap, case):
        light = meter or olt
    remarks = [*_unit(gap, case.limits), *_metered(light, meter, case.limits)]
    return _received(light, remarks, case)


def rx_ont_by_olt(case: Case) -> Check:
    """`rx_ont` as versions 1 to 3 have it: where an OLT tells the light, no meter is heard."""
    own, olt, meter = _tellers(case)
    other = olt or meter
    gap = _gap(own, other)
    light = other if _is_doubtful(own, gap, case) else own or other
    return _received(light, _unit(gap, case.limits), case)


def rx_olt(case: Case) -> Check:
    """What the OLT receives of the terminal."""
    light = _newest(_up(case))
    return _light(CheckName.RX_OLT, light, case.limits.rx_olt, case)


def is_stale(reading: Reading[Any], case: Case) -> bool:
    """Whether the reading says nothing of the instant of the check."""
    return case.at_ms - reading.as_of_ms > case.limits.checks.oldest_reading_s * 1000


def remarked(check: Check, remarks: Iterable[Remark]) -> Check:
    """The check with its remarks, which leave no pass."""
    kept = tuple(remarks)
    if kept and check.state is State.PASS:
        check = replace(check, state=State.WARN, reason=kept[0].reason)
    return replace(check, remarks=kept)


def _tellers(case: Case) -> tuple[Light | None, Light | None, Light | None]:
    """The light at the terminal by itself, by its OLT and by a meter: of each its newest word."""
    told = _best((each.rx_dbm for each in case.summary.optical_status), case)
    own = _newest(each for each in told if each.source in _TERMINAL)
    olt = _newest(each for each in told if each.source is Source.OLT)
    return own, olt, _newest(each for each in told if each.source is Source.MANUAL)


def _is_doubtful(own: Light | None, gap: float, case: Case) -> bool:
    is_apart = gap > case.limits.checks.unit_gap_db
    return own is not None and is_apart and own.confidence is not Confidence.CONFIRMED


def _received(light: Light | None, remarks: Iterable[Remark], case: Case) -> Check:
    found = _light(CheckName.RX_ONT, light, case.limits.rx_ont, case)
    return remarked(found, [*remarks, *_asymmetry(light, case), *_heat(case)])


def _light(name: CheckName, light: Light | None, span: Span | None, case: Case) -> Check:
    if light is None:
        return Check(name, State.UNKNOWN, Reason.NO_READING)
    said = (round(light.value, 2) if isfinite(light.value) else None, "dBm")
    whence = (light.source, light.as_of_ms)
    if not _is_plausible(light.value):
        return Check(name, State.UNKNOWN, Reason.IMPLAUSIBLE, *said, None, None, *whence)
    if span is None:
        reason = Reason.NO_LIMIT if case.limits.optical_class else Reason.NO_CLASS
        return Check(name, State.UNKNOWN, reason, *said, None, None, *whence)
    margin = _margin(light.value, span)
    if is_stale(light, case):
        return Check(name, State.UNKNOWN, Reason.STALE, *said, span.window, margin, *whence)
    return Check(name, *judged(light.value, span), *said, span.window, margin, *whence)


def judged(dbm: float, span: Span) -> tuple[State, Reason]:
    """A power against its limits; an edge belongs to the better side."""
    if dbm < span.window[0]:
        return State.FAIL, Reason.LIGHT_TOO_LOW
    if dbm > span.window[1]:
        return State.FAIL, Reason.LIGHT_TOO_HIGH
    if dbm < span.good[0]:
        return State.WARN, Reason.LIGHT_LOW
    if dbm > span.good[1]:
        return State.WARN, Reason.LIGHT_HIGH
    return State.PASS, Reason.GOOD


def _margin(dbm: float, span: Span) -> float:
    return round(min(dbm - span.window[0], span.window[1] - dbm), 2)


def _best(told: Iterable[Light | None], case: Case) -> list[Light]:
    """The readings that may be judged; where there is none, those that are only old; else all."""
    given = [each for each in told if each]
    plausible = [each for each in given if _is_plausible(each.value)]
    return [each for each in plausible if not is_stale(each, case)] or plausible or given


def _up(case: Case) -> list[Light]:
    return _best((each.olt_rx_dbm for each in case.summary.optical_status), case)


def _is_plausible(dbm: float) -> bool:
    return PLAUSIBLE_DBM[0] <= dbm <= PLAUSIBLE_DBM[1]


def _newest(told: Iterable[Light]) -> Light | None:
    """Of two of one instant the one that is told first."""
    return max(told, key=lambda each: each.as_of_ms, default=None)


def _gap(one: Light | None, other: Light | None) -> float:
    return round(abs(one.value - other.value), 2) if one and other else 0.0


def _unit(gap: float, limits: Limits) -> Iterator[Remark]:
    if gap > limits.checks.unit_gap_db:
        yield Remark(Reason.UNIT_UNCONFIRMED, gap, "dB", limits.checks.unit_gap_db)


def _metered(light: Light | None, meter: Light | None, limits: Limits) -> Iterator[Remark]:
    """Of two that differ the meter is already the one that is judged."""
    gap = _gap(light, meter)
    if gap > limits.checks.unit_gap_db:
        yield Remark(Reason.METER_DIFFERS, gap, "dB", limits.checks.unit_gap_db)


def _asymmetry(down: Light | None, case: Case) -> Iterator[Remark]:
    up = _newest(_up(case))
    told_now = down and up and not is_stale(down, case) and not is_stale(up, case)
    gap = _gap(down, up) if told_now else 0.0
    if gap > case.limits.checks.asymmetry_db:
        yield Remark(Reason.ASYMMETRY, gap, "dB", case.limits.checks.asymmetry_db)


def _heat(case: Case) -> Iterator[Remark]:
    told = (each.temperature_c for each in case.summary.optical_status)
    latest = _newest(each for each in told if each and not is_stale(each, case))
    if latest and latest.value > case.limits.checks.hot_c:
        yield Remark(Reason.HOT, latest.value, "°C", case.limits.checks.hot_c)
