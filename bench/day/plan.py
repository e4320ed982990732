"""What happens on the day, by one seed: taps, hours without network, the office, the outage."""

from collections.abc import Iterator
from itertools import groupby
from random import Random
from typing import Final, NamedTuple

from bench.day.photos import blob_of
from bench.outage.plan import (
    CHANGES_A_VISIT,
    MORNING_S,
    SEED,
    Change,
    Edit,
    Plan,
    Visit,
    make_visits,
    steering,
    with_note,
    with_tap,
)

DAY_S: Final = 8 * 3600
EVENING_S: Final = MORNING_S + DAY_S
OUTAGE_S: Final = (11 * 3600, 12 * 3600)
MUTATIONS: Final = 40
PHOTOS: Final = 3
CHECKS: Final = 2
_VISITS: Final = MUTATIONS // CHANGES_A_VISIT
_ABSENCES: Final = 2
_ABSENCE_S: Final = 30 * 60
_STRETCH: Final = 1.15
# Of each hundred visits.
_STEERED: Final = 10
_CLASHING: Final = 2
# An edit that clashes is told from one that does not: so far from the edges of the outage.
_MARGIN_S: Final = 600

Span = tuple[float, float]


class Tap(NamedTuple):
    """One change of a visit, when its technician makes it."""

    visit: Visit
    change: Change


class Sending(NamedTuple):
    """What a phone says at once, at `at_s`: a tap, or what was tapped while it `was_away`."""

    at_s: float
    taps: tuple[Tap, ...]
    was_away: bool


class Day(NamedTuple):
    """The whole day; `absences` are when each technician has no network."""

    plan: Plan
    technicians: int
    absences: tuple[tuple[Span, ...], ...]

    def sendings(self, technician: int) -> list[Sending]:
        """What his phone sends, in order."""
        taps = [
            Tap(each, change)
            for each in self.plan.visits
            if each.technician == technician
            for change in each.changes
        ]
        absences = self.absences[technician]
        return list(_together(sorted(taps, key=_at_s), absences))


def _together(taps: list[Tap], absences: tuple[Span, ...]) -> Iterator[Sending]:
    """What was tapped in one absence goes together; every other tap goes alone."""
    away = {end for _, end in absences}
    due = [(sent_at(_at_s(tap), absences), number, tap) for number, tap in enumerate(taps)]
    for (at_s, _), found in groupby(due, lambda each: (each[0], each[0] in away or each[1])):
        yield Sending(at_s, tuple(tap for *_, tap in found), at_s in away)


def _at_s(tap: Tap) -> float:
    return tap.change.at_s


def sent_at(at_s: float, absences: tuple[Span, ...]) -> float:
    """When a tap of `at_s` leaves the phone: at once, or at the end of the absence it falls in."""
    return next((end for begin, end in absences if begin <= at_s < end), at_s)


def make_day(technicians: int) -> Day:
    """At least MUTATIONS taps, PHOTOS photos and CHECKS checks of a line for each technician."""
    chance = Random(SEED)  # noqa: S311  (a bench, not a secret)
    made = make_visits(chance, 1, technicians * _VISITS, technicians)
    visits = [_stretched(each) for each in made]
    for technician in range(technicians):
        _fill(visits, [n for n, each in enumerate(visits) if each.technician == technician])
    absences = tuple(tuple(_absences(chance)) for _ in range(technicians))
    edits = sorted(_edits(chance, visits, absences))
    return Day(Plan(tuple(visits), tuple(edits)), technicians, absences)


def _stretched(visit: Visit) -> Visit:
    """The visits of the other drill leave an hour in the afternoon."""
    changes = (
        each._replace(at_s=MORNING_S + (each.at_s - MORNING_S) * _STRETCH) for each in visit.changes
    )
    return visit._replace(changes=tuple(changes))


def _fill(visits: list[Visit], mine: list[int]) -> None:
    """What a technician's visits still lack, in place."""
    missing = MUTATIONS - sum(len(visits[n].changes) for n in mine)
    for at in range(max(0, missing)):
        number = mine[at % len(mine)]
        visits[number] = with_note(visits[number], at)
    for number in mine[:PHOTOS]:
        taken = {"blob": blob_of(visits[number].number), "slot": "after"}
        visits[number] = with_tap(visits[number], "photo", taken)
    for number in mine[-CHECKS:]:
        visits[number] = with_tap(visits[number], "verify", {"reason": "install"})


def _absences(chance: Random) -> Iterator[Span]:
    """One before and one after noon."""
    half = DAY_S // _ABSENCES
    for number in range(_ABSENCES):
        begin = MORNING_S + number * half + chance.random() * (half - _ABSENCE_S)
        yield begin, begin + _ABSENCE_S


def _edits(
    chance: Random, visits: list[Visit], absences: tuple[tuple[Span, ...], ...]
) -> Iterator[Edit]:
    """What the office saves: what nobody minds at any hour, what clashes while nobody can know."""
    for visit in chance.sample(visits, len(visits) * _STEERED // 100):
        at_s = MORNING_S + chance.random() * DAY_S
        yield Edit(at_s, "Dispatch Job", visit.job, *steering(chance, visit))
    ending = [each for each in visits if _ends_in_outage(each, absences[each.technician])]
    for visit in ending[: max(1, len(visits) * _CLASHING // 100)]:
        at_s = OUTAGE_S[0] + _MARGIN_S + chance.random() * (_OUTAGE - 2 * _MARGIN_S)
        cancel = {"status": "Cancelled"}
        yield Edit(at_s, "Dispatch Job", visit.job, cancel, clashes="status")


_OUTAGE: Final = OUTAGE_S[1] - OUTAGE_S[0]


def _ends_in_outage(visit: Visit, absences: tuple[Span, ...]) -> bool:
    last = visit.changes[-1]
    at_s = sent_at(last.at_s, absences)
    inside = OUTAGE_S[0] + _MARGIN_S <= last.at_s and at_s <= OUTAGE_S[1] - _MARGIN_S
    return inside and last.args.get("to") == "completed"
