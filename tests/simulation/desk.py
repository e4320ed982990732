"""What dispatchers do on the board: mutations of the office, made over what its page shows."""

from functools import partial
from random import Random
from typing import Any, Final

from tests.given import JULIE, MARC
from tests.simulation import books
from tests.simulation.drafts import CONTACT, JOBS
from tests.simulation.phone import Page
from tests.simulation.world import World

# How many changes the board's page may be behind.
_BEHIND: Final = (0, 0, 0, 1, 4)
_CHOICES: Final = ("mine", "theirs", "undo")


def edit(world: World, _page: Page) -> None:
    """Somebody of the office edits a record."""
    key = CONTACT if world.random.random() < 0.3 else world.random.choice(JOBS)
    fields = _of_contact(world.random) if key == CONTACT else _of_visit(world.random)
    world.say("desk", key, fields, _decide(world, "edit", key, fields))


def choose(world: World, _page: Page) -> None:
    """Somebody of the office ends a conflict, or takes back how one was ended."""
    conflicts = world.server.read(books.conflicts)
    if conflicts:
        conflict = world.random.choice(conflicts)
        args = {"conflict": conflict.id, "choice": world.random.choice(_CHOICES)}
        world.say("choose", args, _decide(world, "resolve", conflict.key, args))


def release(world: World, _page: Page) -> None:
    """Somebody of the office answers for a completion that has no evidence."""
    for key in world.server.read(partial(books.held, JOBS))[:1]:
        world.say("release", key, _decide(world, "release", key, {"reason": "vu sur place"}))
        world.server.answered_for.add(key)


def _decide(world: World, kind: str, key: str, args: dict[str, Any]) -> str:
    behind = world.random.choice(_BEHIND)
    try:
        return world.server.decide(kind, key, behind, args)
    except Exception as error:  # noqa: BLE001  (the board is answered so, whatever it was)
        world.blame("no_fault_of_our_own", [type(error).__name__])
        return "error"


def _of_contact(random: Random) -> dict[str, Any]:
    return {"phone": f"438-555-{random.randrange(9):04d}"}


def _of_visit(random: Random) -> dict[str, Any]:
    return random.choice(
        (
            {"technician": random.choice((MARC, JULIE))},
            {"priority": random.choice(("High", "Low"))},
            {"status": random.choice(("cancelled", "todo", "on_site"))},
        )
    )
