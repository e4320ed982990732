"""Acts by which a phone or the server becomes what it was, or somebody else's copy."""

from typing import Any

from tests.simulation.acts import answered, keep, reply, sent
from tests.simulation.drafts import NOWHERE
from tests.simulation.phone import Page
from tests.simulation.world import Handset, World


def clone(world: World, page: Page) -> None:
    """A profile is copied onto another phone of the same technician, which loses its own."""
    phone = world.phone_of(page)
    others = [each for each in world.phones if each.technician == phone.technician]
    other = world.random.choice(others)
    if other is not phone:
        overwrite(world, other, page.exported(), frozenset())
        other.device = phone.device
        phone.is_own = False
        world.say("clone", phone.name, other.name)


def set_back(world: World, page: Page) -> None:
    """A phone becomes what it was some time ago."""
    phone = world.phone_of(page)
    if phone.copy is None:
        mine = frozenset(each for each, name in world.told.items() if name == phone.name)
        phone.copy = page.exported(), mine
        world.say("copy", phone.name)
    else:
        overwrite(world, phone, *phone.copy)
        world.say("set back", phone.name)


def evict(world: World, page: Page) -> None:
    """The browser needs room, and throws the database away."""
    phone = world.phone_of(page)
    disown(world, phone, frozenset())
    phone.first.evict()
    phone.overwritten()
    phone.evicted = phone.spoke
    world.say("evict", phone.name)


def overwrite(world: World, phone: Handset, copy: Any, still: frozenset[str]) -> None:
    """Put a copy in place of all that a phone keeps; of what it had said, only `still` is in it."""
    disown(world, phone, still)
    phone.first.import_(copy)
    phone.overwritten()


def disown(world: World, phone: Handset, still: frozenset[str]) -> None:
    """What a phone alone had goes with it, as when one is destroyed: no promise covers that."""
    known = world.server.mutations()
    for mutation in [each for each, name in world.told.items() if name == phone.name]:
        if mutation in still:
            continue
        if mutation in known:
            world.told[mutation] = ""
        else:
            del world.told[mutation]


def back_up(world: World, _page: Page) -> None:
    """The server's database is copied."""
    world.server.back_up()
    world.say("back up")


def restore(world: World, _page: Page) -> None:
    """The last backup is put back."""
    if world.server.backups:
        world.server.restore()
        lose_history(world)


def roll_back(world: World, _page: Page) -> None:
    """The server's disk is what it was, and nobody says so."""
    if world.server.backups:
        world.server.roll_back()
        lose_history(world)


def lose_refusal(world: World, page: Page) -> None:
    """The disk is rolled back over nothing but a refusal: no record shows that anything is gone."""
    back_up(world, page)
    keep(world, page, {"kind": "note", "key": NOWHERE, "args": {"text": "?"}})
    request = sent(world, page)
    if request:
        answered(world, page, request, reply(world, page, request))
    roll_back(world, page)


def lose_history(world: World) -> None:
    """What the server alone still had is beyond every phone's journal."""
    world.losses += 1
    world.verdicts.clear()
    known = world.server.mutations()
    for mutation in [each for each, name in world.told.items() if not name]:
        if mutation not in known:
            del world.told[mutation]
    world.say("history lost")
