"""What happens in the outage, by one seed: field work, the office's edits, planted conflicts."""

from collections.abc import Iterator
from random import Random
from typing import Any, Final, NamedTuple

SEED: Final = 20261126
TECHNICIANS: Final = 30
CHANGES_A_VISIT: Final = 4
STEPS: Final = ("c1", "c2", "c3")
MORNING_S: Final = 8 * 3600
VISIT_S: Final = 40 * 60
DAY_S: Final = 24 * 3600
_TYPES: Final = ("Installation", "Repair", "Repair", "Maintenance")
# Of each hundred visits.
CANCELLED: Final = 2
CODES_CLASH: Final = 2
CODES_AGREE: Final = 1
STEERED: Final = 25


class Change(NamedTuple):
    """One tap; `on` is `job` or `location`, `at_s` seconds after the first midnight."""

    at_s: float
    on: str
    kind: str
    args: dict[str, Any]


class Visit(NamedTuple):
    """One visit and all that the field does there; `number` counts from 1."""

    number: int
    technician: int
    day: int
    job_type: str
    billable: bool
    changes: tuple[Change, ...]

    @property
    def job(self) -> str:
        """Its document."""
        return f"DJ-{self.number:05}"

    @property
    def location(self) -> str:
        """The document of its place."""
        return f"LOC-{self.number:05}"


class Edit(NamedTuple):
    """What the office saves in ERPNext meanwhile; `clashes` names the cell on which the field has
    another mind, "" for none. `tag` is added to those that are there."""

    at_s: float
    doctype: str
    name: str
    fields: dict[str, Any]
    tag: str = ""
    clashes: str = ""


class Plan(NamedTuple):
    """The whole drill."""

    visits: tuple[Visit, ...]
    edits: tuple[Edit, ...]

    @property
    def documents(self) -> int:
        """How many documents the field changes."""
        return len({(v.number, each.on) for v in self.visits for each in v.changes})


def make_plan(days: int, changes: int, seed: int = SEED) -> Plan:
    """A plan with exactly so many changes of the field, over a quarter as many visits."""
    chance = Random(seed)  # noqa: S311  (a drill, not a secret)
    visits = make_visits(chance, days, changes // CHANGES_A_VISIT, TECHNICIANS)
    missing = changes - sum(len(each.changes) for each in visits)
    if missing < 0:
        raise ValueError("too few changes for the visits")
    for at in range(missing):
        visits[at % len(visits)] = with_note(visits[at % len(visits)], at)
    return Plan(tuple(visits), tuple(sorted(_edits(chance, visits, days))))


def make_visits(chance: Random, days: int, count: int, technicians: int) -> list[Visit]:
    """So many visits, spread over the days and the technicians."""
    return [_visit(chance, number, count, days, technicians) for number in range(1, count + 1)]


def _visit(chance: Random, number: int, count: int, days: int, technicians: int) -> Visit:
    at = number - 1
    day, place = at * days // count, at % -(-count // days)
    technician, turn = place % technicians, place // technicians
    job_type = chance.choice(_TYPES)
    billable = job_type == "Installation" or (job_type == "Repair" and chance.random() < 0.5)
    began_s = day * DAY_S + MORNING_S + turn * VISIT_S + chance.randrange(600)
    taps = list(_taps(chance, number, job_type))
    made = tuple(Change(began_s + n * 240, *tap) for n, tap in enumerate(taps))
    return Visit(number, technician, day, job_type, billable, made)


def _taps(chance: Random, number: int, job_type: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """In the order in which they are made: the last one ends the visit."""
    if chance.random() < 0.3:
        yield "job", "status", {"to": "en_route"}
    yield "job", "status", {"to": "on_site"}
    if number % 10 == 0:
        yield "location", "edit", {"access_code": f"{number:05}"}
    if chance.random() < 0.4:
        yield "job", "check", {"item": chance.choice(STEPS), "done": True}
    if chance.random() < 0.2:
        yield "job", "tag", {"tag": f"Chien {number}", "on": True}
    if job_type == "Installation":
        yield "job", "equipment", {"serial": serial(number), "type": "ONT", "source": "typed"}
    if chance.random() < 0.3:
        yield "job", "note", {"text": f"Note du technicien, visite {number}"}
    done = chance.random() < 0.85
    not_done = {"to": "not_completed", "reason": "customer_absent"}
    yield "job", "status", {"to": "completed"} if done else not_done


def with_note(visit: Visit, at: int) -> Visit:
    """One more note, before the visit ends."""
    return with_tap(visit, "note", {"text": f"Remarque {at} de la visite {visit.number}"})


def with_tap(visit: Visit, kind: str, args: dict[str, Any]) -> Visit:
    """One more change of the job, before the visit ends."""
    last = visit.changes[-1]
    tap = Change(last.at_s, "job", kind, args)
    after = last._replace(at_s=last.at_s + 60)
    return visit._replace(changes=(*visit.changes[:-1], tap, after))


def _edits(chance: Random, visits: list[Visit], days: int) -> Iterator[Edit]:
    """While Terrain cannot see it, at any hour of the outage."""
    finished = [each for each in visits if each.changes[-1].args.get("to") == "completed"]
    coded = [each for each in visits if any(c.on == "location" for c in each.changes)]
    chance.shuffle(coded)

    def at_s() -> float:
        return MORNING_S + chance.random() * (days * DAY_S - MORNING_S)

    for visit in chance.sample(finished, len(visits) * CANCELLED // 100):
        cancel = {"status": "Cancelled"}
        yield Edit(at_s(), "Dispatch Job", visit.job, cancel, clashes="status")
    clash = len(visits) * CODES_CLASH // 100
    for visit in coded[:clash]:
        code = {"access_code": f"A{visit.number:04}"}
        yield Edit(at_s(), "Service Location", visit.location, code, clashes="access_code")
    for visit in coded[clash : clash + len(visits) * CODES_AGREE // 100]:
        code = {"access_code": f"{visit.number:05}"}
        yield Edit(at_s(), "Service Location", visit.location, code)
    for visit in chance.sample(visits, len(visits) * STEERED // 100):
        yield Edit(at_s(), "Dispatch Job", visit.job, *steering(chance, visit))


def steering(chance: Random, visit: Visit) -> tuple[dict[str, Any], str]:
    """An edit with which the field has no quarrel."""
    return chance.choice(
        (
            ({"priority": "Urgent"}, ""),
            ({"dispatch_notes": f"Rappeler le client de {visit.job}"}, ""),
            ({"scheduled_start": "15:30:00"}, ""),
            ({}, "Bureau"),
        )
    )


def serial(number: int) -> str:
    """The ONT that a visit installs."""
    return f"TPLG{number:08X}"
