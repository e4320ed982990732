"""What can happen between the office, ERPNext and the worker. An act takes the world and a page."""

from functools import partial
from typing import Final

from tests.simulation import filing
from tests.simulation.acts import exchange, tap
from tests.simulation.drafts import office_change
from tests.simulation.erpnext import Ill, Mishap
from tests.simulation.phone import Page
from tests.simulation.world import World

_WELL: Final = 0.3
_ILLS: Final = (*Ill, Ill.MEANWHILE, Ill.MEANWHILE, Ill.NOT_KEPT)
_LAST_ILLS: Final = tuple(each for each in Ill if each is not Ill.MEANWHILE)
# More than the worker takes for most of what it does.
_STEPS: Final = 7
_LATE: Final = 0.2
_SEEN: Final = 0.5


def office(world: World, _page: Page) -> None:
    """The office saves a document in ERPNext."""
    key, fields = office_change(world.random)
    late = world.random.random() < _LATE
    world.server.erpnext.edit(key, fields, late=late)
    world.say("office", key, fields, late)
    if world.random.random() < _SEEN:
        poll(world, _page)


def commit_late(world: World, _page: Page) -> None:
    """What the office was saving is there for all to see."""
    world.server.erpnext.commit_all()
    world.say("commit late")


def poll(world: World, _page: Page) -> None:
    """The worker reads what changed in ERPNext, or dies of it."""
    mishap = _mishap(world)
    world.say("poll", mishap, world.server.poll(mishap))


def deliver(world: World, _page: Page) -> None:
    """The worker brings what is due for one record, or does not, or dies of it."""
    mishap = _mishap(world)
    world.server.erpnext.meanwhile = partial(_meanwhile, world)
    world.say("deliver", mishap, world.server.deliver(mishap))


def attach(world: World, _page: Page) -> None:
    """The worker brings photos, once their mutations are there, or does not, or dies of it."""
    while world.server.deliver():
        world.say("deliver")
    _attach(world, _mishap(world))


def attach_at_last(world: World) -> None:
    """The last fault of a run is of its photos: nobody taps any more while it happens."""
    _attach(world, Mishap(world.random.randrange(_STEPS), world.random.choice(_LAST_ILLS)))


def _attach(world: World, mishap: Mishap | None) -> None:
    world.say("attach", mishap, world.server.attach(mishap))
    world.blame("an_attached_photo_is_there", filing.an_attached_photo_is_there(world))


def _meanwhile(world: World) -> None:
    """A phone has something to say while the worker is at it."""
    page = world.random.choice(world.phones).first
    for act in (tap, tap, tap, exchange):
        if page.is_open():
            act(world, page)


def _mishap(world: World) -> Mishap | None:
    if world.random.random() < _WELL:
        return None
    return Mishap(world.random.randrange(_STEPS), world.random.choice(_ILLS))
