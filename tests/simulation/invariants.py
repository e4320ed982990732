"""What must hold of the phones of a run: each rule is a function that names what breaks it."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from itertools import pairwise
from typing import Any, Final

import msgspec

from sync.protocol import Fate
from tests.simulation import books
from tests.simulation.phone import Request, Response
from tests.simulation.world import Handset, World

WAITING: Final = {"local", "sending", "retry"}
_RECEIVED: Final = {"received", "office_late", "done"}


def no_send_after_done(world: World, answered: set[str], request: Request) -> Iterator[str]:
    """What has its verdict is not sent again, unless the server lost it (docs/sync.md, Wire)."""
    for each in request.text["mutations"]:
        if each["id"] in answered and not world.forgot:
            yield str(each["id"])


def a_stamp_is_for_ever(phone: Handset, request: Request) -> Iterator[str]:
    """Within its epoch a mutation goes by the number of its first send, whatever got lost."""
    for each in request.text["mutations"]:
        stamp = phone.device, request.text["epoch"], each["id"]
        if phone.stamps.setdefault(stamp, each["seq"]) != each["seq"]:
            yield f"{phone.name} {each['id']} {phone.stamps[stamp]} -> {each['seq']}"


def a_verdict_is_for_ever(world: World, response: Response) -> Iterator[str]:
    """However often a mutation comes, the server says of it what it said first.

    Only what a phone disguised after all, because something called it unreadable, is `mutated`.
    """
    for id_, outcome, detail in response.text.get("verdicts", ()):
        said = json.dumps([outcome, detail])
        if detail.get("reason") == "mutated":
            continue
        if world.verdicts.setdefault(id_, said) != said:
            yield f"{id_} {world.verdicts[id_]} -> {said}"


def no_fault_of_our_own(response: Response) -> Iterator[str]:
    """Nothing that a phone sends makes the server stumble; a disk that fails has its own answer."""
    if response.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        yield response.body.decode()


def accepted_work_is_queued(world: World) -> Iterator[str]:
    """What the server takes of a technician is put down for ERPNext in the same commit."""
    yield from world.server.read(books.unqueued)


def kept_work_is_shown(world: World, phone: Handset, seen: dict[str, Any]) -> Iterator[str]:
    """What a page said it kept is on the screen, until it is filed or set aside."""
    shown = {item["id"] for item in seen["items"]}
    for mutation, name in world.told.items():
        if name == phone.name and mutation not in shown | world.withdrawn:
            yield f"{phone.name} {mutation}"


def no_false_received(world: World, phone: Handset, seen: dict[str, Any]) -> Iterator[str]:
    """Received is said of what the server has in its database."""
    known = world.server.mutations()
    for item in seen["items"]:
        if item["state"] in _RECEIVED and item["id"] not in known:
            yield f"{phone.name} {item['id']} {item['state']}"


def nothing_kept_is_lost(world: World) -> Iterator[str]:
    """What a page said it kept is at the server in the end, whatever the server said of it."""
    known = world.server.mutations()
    for mutation, name in world.told.items():
        if mutation not in known | world.withdrawn:
            yield f"{name} {mutation}"


def nothing_waits(phone: Handset, seen: dict[str, Any]) -> Iterator[str]:
    """With a network, every queue drains."""
    for item in seen["items"]:
        if item["state"] in WAITING:
            yield f"{phone.name} {item['id']} {item['state']} {item.get('reason', '')}"


def replicas_converge(world: World, phone: Handset, seen: dict[str, Any]) -> Iterator[str]:
    """At rest, a phone shows the server's cells of the records that its technician holds."""
    put = world.server.pulled(phone.technician).changes.put
    due, shown = {each.key: msgspec.to_builtins(each.cells) for each in put}, seen["rows"]
    for key in sorted(due.keys() | shown.keys()):
        if due.get(key) != shown.get(key):
            yield f"{phone.name} {key}: {due.get(key)} is shown as {shown.get(key)}"


def conflicts_are_shown(world: World, phone: Handset, seen: dict[str, Any]) -> Iterator[str]:
    """At rest, a phone shows the open conflicts of its technician's records, and no other."""
    due = {each.id for each in world.server.pulled(phone.technician).conflicts}
    shown = {each["id"] for each in seen["conflicts"]}
    for conflict in sorted(due ^ shown):
        yield f"{phone.name} {conflict} is {'open' if conflict in due else 'over'}"


def news_arrives(world: World, phone: Handset, seen: dict[str, Any]) -> Iterator[str]:
    """At rest, what the server has said to be on file is shown so."""
    receipts = world.server.pulled(phone.technician).receipts
    filed = {mutation for mutation, fate, _ in receipts if fate is Fate.FILED}
    for item in seen["items"]:
        if item["id"] in filed and item["state"] in ("received", "office_late"):
            yield f"{phone.name} {item['id']} {item['state']}"


def photos_arrive(world: World, phone: Handset, seen: dict[str, Any]) -> Iterator[str]:
    """At rest, the bytes of every photo whose mutation stands are at the server.

    One that lost its history may refuse what it had taken, and then it wants no photo; of a copy of
    the phone it may have heard of it otherwise.
    """
    if world.forgot and not phone.is_own:
        return
    whole = world.server.uploads.whole()
    refused = world.server.read(books.refused) if world.forgot else frozenset()
    for item in seen["items"]:
        stands = item["state"] not in ("rejected", "abandoned") and item["id"] not in refused
        if stands and (item["blobsWaiting"] or not whole.issuperset(item["blobs"])):
            yield f"{phone.name} {item['id']} {item['state']} {item['blobsWaiting']}"


def a_loss_is_said(phone: Handset, seen: dict[str, Any]) -> Iterator[str]:
    """A profile that lost its database says so when it opens again."""
    if phone.evicted and not seen["evicted"]:
        yield phone.name


def work_is_heard_in_order(world: World, phone: Handset) -> Iterator[str]:
    """What was done on a phone comes to the server in the order in which it was done there.

    A copy of a phone, and one that was put back, send side by side; to a server that has forgotten
    twice, what was numbered since the first time comes first.
    """
    if not phone.is_own or world.losses > 1:
        return
    at = world.server.read(books.places)
    heard = [(at[each], each) for each in phone.kept if each in at]
    for (before, one), (after, other) in pairwise(heard):
        if before > after:
            yield f"{phone.name} {other} before {one}"


def what_is_withdrawn_stays_out(world: World) -> Iterator[str]:
    """What a person set aside before it left the phone never comes to the server.

    A copy of the phone may have sent it.
    """
    own = {each for phone in world.phones if phone.is_own for each in phone.kept}
    yield from sorted(world.kept_back & own & world.server.mutations())


def nothing_readable_is_parked(world: World) -> Iterator[str]:
    """A mutation is sent in a form that nobody can apply only if something calls it unreadable."""
    yield from sorted(set(world.server.read(books.disguised)) - world.unreadable)
