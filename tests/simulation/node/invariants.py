"""What must hold of the phones of a run: each rule is a function that names what breaks it."""

from collections.abc import Iterator
from typing import Any, Final

from tests.simulation.node.phone import Request
from tests.simulation.node.world import Handset, World

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


def no_false_filed(world: World, phone: Handset, seen: dict[str, Any]) -> Iterator[str]:
    """On file is said of what ERPNext has taken."""
    for item in seen["items"]:
        if item["state"] == "done" and item["id"] not in world.server.filed:
            yield f"{phone.name} {item['id']}"


def nothing_kept_is_lost(world: World) -> Iterator[str]:
    """What a page said it kept is at the server in the end."""
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
    due, shown = world.server.rows(phone.technician), seen["rows"]
    for key in sorted(due.keys() | shown.keys()):
        if due.get(key) != shown.get(key):
            yield f"{phone.name} {key}: {due.get(key)} is shown as {shown.get(key)}"
