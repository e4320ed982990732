"""What can happen in a run. An act takes the world and one open page."""

from collections.abc import Sequence
from typing import Any, Final

from tests.simulation import filing, invariants
from tests.simulation.drafts import JOBS, MORNING, draft, picture
from tests.simulation.phone import SYNC, Page, Request, Response
from tests.simulation.world import Flight, World

_FATES: Final = ("answered", "answered", "answered", "lost", "unanswered", "late", "twice")
# How often a person taps on a visit that was his in the morning.
_OWN: Final = 0.7
_PAUSES_MS: Final = (1_000, 20_000, 100_000)
# The larger goes in two pieces.
_PHOTO_BYTES: Final = (2_000, 2_000, 150_000)
_REFUSALS: Final = (
    Response(503, b'{"error":"busy"}'),
    Response(502, b"<html>"),
    Response(429, b""),
    Response(507, b'{"error":"disk-full"}'),
    Response(400, b"<html>"),
    Response(413, b""),
    Response(503, b'{"error":"newer-client"}'),
)
# Of a photo this would be the last word.
_UNREADABLE: Final = Response(400, b'{"error":"unreadable"}')


def come_back(world: World, page: Page) -> None:
    """A person opens a page that is not open."""
    world.open(page)
    phone = world.phone_of(page)
    world.blame("a_loss_is_said", invariants.a_loss_is_said(phone, page.see()))
    phone.evicted = False


def tap(world: World, page: Page) -> None:
    """A person taps: what the page says it kept, it has to keep."""
    own = world.random.random() < _OWN
    keep(world, page, draft(world.random, MORNING[page.technician.key] if own else JOBS))


def keep(world: World, page: Page, drafted: dict[str, Any], photos: Sequence[bytes] = ()) -> None:
    """Capture a draft and note what the page says of it."""
    mutation = page.tap(drafted, photos)
    world.say("tap", page.phone, page.page, drafted["kind"], mutation)
    if mutation:
        world.told[mutation] = page.phone
        world.phone_of(page).kept.append(mutation)


def exchange(world: World, page: Page) -> None:
    """A request leaves, and the network does what it does."""
    request = sent(world, page)
    if request is None:
        return
    fate = world.random.choice(_FATES)
    world.say("fate", fate)
    if fate == "late":
        arrived = reply(world, page, request) if world.random.random() < 0.5 else None
        world.flights.append(Flight(page, world.phone_of(page).opened, request, arrived))
        return
    if fate in ("unanswered", "twice"):
        reply(world, page, request)
    if fate in ("lost", "unanswered"):
        page.fail(request)
    else:
        answered(world, page, request, reply(world, page, request))


def reply(world: World, page: Page, request: Request) -> Response:
    """What the server says, once it was looked at."""
    response = world.reply(page, request)
    if request.path == SYNC:
        world.blame("no_fault_of_our_own", invariants.no_fault_of_our_own(response))
        world.blame("a_verdict_is_for_ever", invariants.a_verdict_is_for_ever(world, response))
    return response


def photograph(world: World, page: Page) -> None:
    """A person takes a picture."""
    if not world.driver.means.has_photos:
        return
    photo = world.random.randbytes(world.random.choice(_PHOTO_BYTES))
    keep(world, page, picture(world.random, photo), [photo])


def sent(world: World, page: Page) -> Request | None:
    """What leaves the page now, once it was looked at."""
    request = page.next()
    if request and request.path == SYNC:
        _watch(world, page, request)
    else:
        world.say("send", page.phone, page.page, request and (request.method, request.path))
    return request


def _watch(world: World, page: Page, request: Request) -> None:
    phone = world.phone_of(page)
    world.say("send", page.phone, page.page, request.text)
    answered = phone.answered[page.page]
    world.blame("no_send_after_done", invariants.no_send_after_done(world, answered, request))
    world.blame("a_stamp_is_for_ever", invariants.a_stamp_is_for_ever(phone, request))
    phone.catch_up(page)
    phone.spoke = True


def answered(world: World, page: Page, request: Request, response: Response) -> None:
    """Bring an answer, and see which mutations the phone now has a verdict of.

    An answer to a request that the phone has given up is none to it, and how a mutation ended it
    may have heard from a receipt before any verdict.
    """
    before = page.see()["items"] if response.verdicts else []
    page.answer(request, response)
    if page.is_open():
        items, phone = page.see()["items"], world.phone_of(page)
        unheard = {item["id"] for item in items if item["state"] in invariants.WAITING}
        unheard |= {item["id"] for item in before if item["state"] not in invariants.WAITING}
        phone.answered[page.page] |= set(response.verdicts) - unheard
        world.say("seen", page.phone, [(item["id"], item["state"]) for item in items])


def land(world: World, _page: Page) -> None:
    """An answer comes late, or never, to a page that may have died meanwhile."""
    if not world.flights:
        return
    flight = world.flights.pop(world.random.randrange(len(world.flights)))
    page, opened, request, response = flight
    if not page.is_open() or world.phone_of(page).opened != opened:
        return
    if world.random.random() < 0.2:
        page.fail(request)
    else:
        answered(world, page, request, response or reply(world, page, request))


def refuse(world: World, page: Page) -> None:
    """Something between the phone and the database says no."""
    request = sent(world, page)
    if request:
        of_sync = (*_REFUSALS, _UNREADABLE)
        response = world.random.choice(of_sync if request.path == SYNC else _REFUSALS)
        world.say("refused", *response)
        if response is _UNREADABLE:
            world.unreadable |= {each["id"] for each in request.text["mutations"]}
        page.answer(request, response)


def fail_disk(world: World, page: Page) -> None:
    """The server's disk fails at the commit of what a phone brings."""
    request = sent(world, page)
    if request:
        world.server.disk_fails = request.path == SYNC
        response = reply(world, page, request)
        world.server.disk_fails = False
        world.say("disk fails", response.status)
        answered(world, page, request, response)
        world.blame("accepted_work_is_queued", invariants.accepted_work_is_queued(world))
        if page.is_open():
            look(world, page)


def elapse(world: World, page: Page) -> None:
    """Time goes by on one phone."""
    page.elapse(world.random.choice(_PAUSES_MS))
    world.say("elapse", page.phone)


def wake(world: World, page: Page) -> None:
    """The person looks at the page again."""
    page.wake()
    world.say("wake", page.phone, page.page)


def look(world: World, page: Page) -> None:
    """The person believes what is on the screen."""
    seen, phone = page.see(), world.phone_of(page)
    world.blame("kept_work_is_shown", invariants.kept_work_is_shown(world, phone, seen))
    world.blame("no_false_filed", filing.no_false_filed(world, seen))
    if not world.forgot:
        world.blame("no_false_received", invariants.no_false_received(world, phone, seen))


def withdraw(world: World, page: Page) -> None:
    """The person sets aside what he may, or sends a refused gesture again."""
    items = [each for each in page.see()["items"] if each["state"] in _ABANDONABLE]
    if not items:
        return
    item = world.random.choice(items)
    again = item["state"] in ("rejected", "parked") and world.random.random() < 0.5
    world.withdrawn.add(item["id"])
    world.say("withdraw", page.phone, item["id"], item["state"], again)
    if again:
        page.retry(item["id"])
    else:
        page.abandon(item["id"])
    if item["state"] in invariants.WAITING and _is_abandoned(page, item["id"]):
        world.kept_back.add(item["id"])


def _is_abandoned(page: Page, mutation: str) -> bool:
    if not page.is_open():
        return False
    return any(
        each["id"] == mutation and each["state"] == "abandoned" for each in page.see()["items"]
    )


_ABANDONABLE: Final = ("local", "rejected", "parked", "retry")


def resolve(world: World, page: Page) -> None:
    """The technician chooses between two values."""
    for conflict in page.see()["conflicts"][:1]:
        args = {"conflict": conflict["id"], "choice": world.random.choice(("mine", "theirs"))}
        keep(world, page, {"kind": "resolve", "key": conflict["key"], "args": args})


def befall(world: World, page: Page) -> None:
    """One of the next commits fails, or is the last thing that the page does."""
    commits, how = world.random.randrange(1, 5), world.random.choice(world.driver.means.accidents)
    page.befall(commits, how)
    world.say("befall", page.phone, page.page, commits, how)


def kill(world: World, page: Page) -> None:
    """The system takes the page away."""
    page.kill()
    world.say("kill", page.phone, page.page)


def revoke(world: World, page: Page) -> None:
    """A technician's link is revoked, or he has a new one."""
    world.revoked ^= {page.technician.key}
    world.say("revoke", page.technician.name)
