"""Runs seeds: a busy time, then rest with a network, then what must hold."""

import traceback
from collections.abc import Callable
from typing import Final, NamedTuple

from tests.simulation import desk, disputes, filing, history, invariants
from tests.simulation.acts import (
    answered,
    befall,
    come_back,
    elapse,
    exchange,
    fail_disk,
    kill,
    land,
    look,
    photograph,
    refuse,
    reply,
    resolve,
    revoke,
    sent,
    tap,
    wake,
    withdraw,
)
from tests.simulation.losses import (
    back_up,
    clone,
    evict,
    lose_refusal,
    restore,
    roll_back,
    set_back,
)
from tests.simulation.node.process import Broken
from tests.simulation.office import attach, attach_at_last, commit_late, deliver, office, poll
from tests.simulation.phone import Driver, Page
from tests.simulation.server import Server
from tests.simulation.world import Violation, World

_TICKS_MS: Final = (500, 5_000, 60_000)
_NEVER: Final = 1_000_000_000
_QUIET_ROUNDS: Final = 8
_QUIET_MS: Final = 120_000
# More than all that a run can make takes.
_REQUESTS_A_ROUND: Final = 60
_SECOND_PAGE: Final = 0.15


ACTS: Final[dict[Callable[[World, Page], None], float]] = {
    tap: 30,
    photograph: 5,
    exchange: 30,
    land: 8,
    refuse: 4,
    fail_disk: 3,
    elapse: 6,
    wake: 2,
    look: 10,
    withdraw: 3,
    resolve: 3,
    befall: 5,
    kill: 3,
    office: 8,
    desk.edit: 4,
    desk.choose: 4,
    desk.release: 2,
    deliver: 10,
    attach: 4,
    poll: 3,
    commit_late: 2,
    revoke: 2,
    clone: 1,
    set_back: 1.5,
    evict: 0.7,
    back_up: 2.5,
    restore: 1,
    roll_back: 1,
}


class Outcome(NamedTuple):
    """What a seed came to."""

    seed: int
    steps: int
    trace: str
    violations: list[Violation]
    events: list[str]


def run(seed: int, driver: Driver, server: Server) -> Outcome:
    """Play one seed. The same seed gives the same trace."""
    world = World(seed, driver, server)
    try:
        _play(world)
    except Broken as error:
        world.blame("every_command_ends", [str(error)])
    except Exception:  # noqa: BLE001  (whatever it was, a run says so and the next one is played)
        world.blame("no_fault_of_our_own", [traceback.format_exc(limit=-4)])
    return Outcome(seed, driver.means.steps, world.trace, world.violations, list(world.events))


def _play(world: World) -> None:
    world.start()
    for _ in range(world.driver.means.steps):
        _step(world)
    _rest(world)
    finale = world.random.choice((None, None, None, restore, roll_back, lose_refusal))
    if finale:
        finale(world, world.phones[0].first)
        _rest(world)
    _judge(world)


def _step(world: World) -> None:
    world.server.now_ms += world.random.choice(_TICKS_MS)
    world.server.erpnext.commit_all(overdue=True)
    phone = world.random.choice(world.phones)
    name = world.driver.means.pages[-1 if world.random.random() < _SECOND_PAGE else 0]
    page = phone.pages[name]
    if not page.is_open():
        return come_back(world, page)
    [act] = world.random.choices([*ACTS], [*ACTS.values()])
    return act(world, page)


def _rest(world: World) -> None:
    """Every fault is over but one of the photos', which come last, and time goes by until nothing
    moves any more."""
    world.revoked, flights = set(), world.flights
    world.server.erpnext.commit_all()
    world.flights = []
    for page, opened, request, _ in flights:
        if page.is_open() and world.phone_of(page).opened == opened:
            page.fail(request)
    for phone in world.phones:
        _alone(world, phone.first, phone.pages.get("second"))
    for number in range(_QUIET_ROUNDS):
        if not _quiet_round(world, is_first=number == 0):
            return


def _quiet_round(world: World, *, is_first: bool) -> bool:
    """Let time go by for everybody; whether anything still moved, or waited."""
    world.server.now_ms += _QUIET_MS
    moved = [is_first and world.server.poll()]
    moved += [_calm(world, phone.first) for phone in world.phones]
    untold = world.server.all_of(disputes.what_is_parked_is_told)
    world.blame("what_is_parked_is_told", untold)
    world.server.look_after()
    while world.server.deliver():
        moved.append(True)
    if is_first:
        attach_at_last(world)
    moved.append(world.server.attach())
    waits = (*filing.all_work_is_filed(world), *filing.photos_are_on_file(world))
    return any(moved) or bool(waits)


def _alone(world: World, first: Page, second: Page | None) -> None:
    if second and second.is_open():
        second.kill()
    if not first.is_open():
        come_back(world, first)
    first.befall(_NEVER, "kept")


def _calm(world: World, page: Page) -> bool:
    """Answer a phone until it has nothing more to say; whether it said anything, or waits."""
    page.elapse(_QUIET_MS)
    idle, moved = 0, False
    for _ in range(_REQUESTS_A_ROUND):
        request = sent(world, page)
        if request is None:
            return True
        response = reply(world, page, request)
        answered(world, page, request, response)
        idle = idle + 1 if request.is_idle else 0
        moved = moved or not request.is_idle or not response.is_last
        if idle == world.driver.means.idles:
            return moved
    return True


def _judge(world: World) -> None:
    world.blame("nothing_kept_is_lost", invariants.nothing_kept_is_lost(world))
    world.blame("accepted_work_is_queued", invariants.accepted_work_is_queued(world))
    world.blame("what_is_withdrawn_stays_out", invariants.what_is_withdrawn_stays_out(world))
    world.blame("nothing_readable_is_parked", invariants.nothing_readable_is_parked(world))
    _judge_filing(world)
    for phone in world.phones:
        seen = phone.first.see()
        world.blame("work_is_heard_in_order", invariants.work_is_heard_in_order(world, phone))
        world.say("end", phone.name, seen)
        world.blame("kept_work_is_shown", invariants.kept_work_is_shown(world, phone, seen))
        world.blame("no_false_received", invariants.no_false_received(world, phone, seen))
        world.blame("no_false_filed", filing.no_false_filed(world, seen))
        world.blame("nothing_waits", invariants.nothing_waits(phone, seen))
        world.blame("replicas_converge", invariants.replicas_converge(world, phone, seen))
        world.blame("conflicts_are_shown", invariants.conflicts_are_shown(world, phone, seen))
        world.blame("photos_arrive", invariants.photos_arrive(world, phone, seen))
        world.blame("news_arrives", invariants.news_arrives(world, phone, seen))


def _judge_filing(world: World) -> None:
    for rule in _FILING:
        world.blame(rule.__name__, rule(world))
    rules = *history.RULES, *disputes.RULES, *(() if world.forgot else disputes.OF_WHOLE_HISTORIES)
    for kept in rules:
        world.blame(kept.__name__, world.server.all_of(kept))


_FILING: Final = (
    filing.all_work_is_filed,
    filing.a_bill_has_its_evidence,
    filing.a_visit_is_billed_once,
    filing.filed_work_is_in_the_ledger,
    filing.filed_work_is_told,
    filing.an_edit_overwrites_what_it_saw,
    filing.filed_notes_stand_once,
    filing.filed_items_stand,
    filing.the_ledger_is_in_order,
    filing.photos_are_on_file,
    filing.an_attached_photo_is_there,
    filing.a_photo_is_attached_once,
    filing.no_echo,
    filing.both_sides_agree,
)
