"""What must hold between server and ERPNext: each rule is a function that names what breaks it."""

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterator
from functools import partial
from typing import Any, Final

from tests.given import cells_of
from tests.simulation import books
from tests.simulation.drafts import CONTACT, JOBS
from tests.simulation.erpnext import as_cells
from tests.simulation.morning import DOCUMENTS
from tests.simulation.world import World

# What the server itself writes when it takes an edit of the office over a completion held back.
_OWN: Final = ("held",)


def all_work_is_filed(world: World) -> Iterator[str]:
    """With an ERPNext that answers, every lane empties."""
    yield from world.server.read(books.unfiled)


def no_false_filed(world: World, seen: dict[str, Any]) -> Iterator[str]:
    """On file is said of what ERPNext holds."""
    for item in seen["items"]:
        if item["state"] == "done" and not world.server.erpnext.holds(item["id"]):
            yield str(item["id"])


def filed_work_is_told(world: World) -> Iterator[str]:
    """At rest, the phone of whatever is filed has been told so."""
    yield from world.server.read(books.untold)


def an_edit_overwrites_what_it_saw(world: World) -> Iterator[str]:
    """What somebody wrote since an edit's base does not give way to it in silence.

    A base of a history that the server lost says nothing of this one.
    """
    if not world.forgot:
        yield from world.server.read(books.blind_edits)


def filed_work_is_in_the_ledger(world: World) -> Iterator[str]:
    """What the server takes for filed, ERPNext holds."""
    holds = world.server.erpnext.holds
    yield from (each for each in world.server.read(books.filed) if not holds(each))


def a_bill_has_its_evidence(world: World) -> Iterator[str]:
    """ERPNext hears that a visit which can bill is completed once there is what it asks for."""
    yield from sorted(world.server.unproven)


def a_visit_is_billed_once(world: World) -> Iterator[str]:
    """Unless the office has opened it again, no visit becomes completed twice."""
    bills = world.server.erpnext.bills
    yield from (f"{name} {times} times" for name, times in sorted(bills.items()) if times > 1)


def filed_notes_stand_once(world: World) -> Iterator[str]:
    """A note that is on file is in its document, and only as often as it was made."""
    for (key, text), times in Counter(world.server.read(books.filed_notes)).items():
        lines = str(world.server.erpnext.document(key)["tech_notes"] or "").split("\n")
        found = sum(line.endswith(f" : {text}") for line in lines)
        if found < times or (found > times and not world.forgot):
            yield f"{key} {text[:20]}: {found} for {times}"


def filed_items_stand(world: World) -> Iterator[str]:
    """At rest, the tags, ticks and serials of a record are in its document."""
    for key in JOBS:
        told = set(_told(world.server.read(partial(cells_of, key=key))))
        there = set(_there(world.server.erpnext.document(key)))
        yield from (f"{key} {name} {item} is missing" for name, item in sorted(told - there))


def _told(cells: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for path, value in cells.items():
        name, _, item = path.partition("/")
        if (name == "tags" and value) or (name == "checked" and value["done"]):
            yield name, item
        if name == "equipment" and not value.get("superseded"):
            yield name, value["serial"]


def _there(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from (("tags", row["tag"]) for row in document["tags"])
    yield from (("checked", row["item_id"]) for row in document["checklist"] if row["done"])
    yield from (("equipment", row["serial_number"]) for row in document["equipment"])


def the_ledger_is_in_order(world: World) -> Iterator[str]:
    """Of one document, ERPNext hears in the order in which the server took it."""
    if world.forgot:
        return
    place = {mutation: at for at, mutation in enumerate(world.server.erpnext.ledger())}
    for (lane, _), queued in world.server.read(books.queued).items():
        heard = [place[mutation] for mutation in queued if mutation in place]
        if heard != sorted(heard):
            yield lane


def photos_are_on_file(world: World) -> Iterator[str]:
    """With an ERPNext that answers, every photo that is here becomes a file."""
    yield from world.server.read(books.unattached)


def an_attached_photo_is_there(world: World) -> Iterator[str]:
    """What the server takes for attached is a file of ERPNext, with the bytes of the phone."""
    digests = {name: hashlib.sha256(content).hexdigest() for _, name, content in _files(world)}
    for mutation, sha256 in world.server.read(books.attached).items():
        if digests.get(f"{mutation}.jpg") != sha256:
            yield mutation


def a_photo_is_attached_once(world: World) -> Iterator[str]:
    """However often its upload is tried, a photo is one file."""
    times = Counter(each[:2] for each in _files(world))
    yield from (f"{each} {n} times" for each, n in sorted(times.items()) if n > 1)


def _files(world: World) -> list[tuple[str, str, bytes]]:
    return world.server.erpnext.files()


def no_echo(world: World) -> Iterator[str]:
    """What comes from ERPNext as an edit of the office is one: our own writing never comes back.

    A server that lost its history takes for the office's what it did itself.
    """
    if world.forgot:
        return
    said, before = world.server.erpnext.said, world.server.erpnext.said_before
    for each in world.server.told_today():
        if each.path not in _OWN and not _is_among(each, said):
            yield f"{each.key} {each.path} {each.value}"
    for each in world.server.read(lambda conn: list(books.contested_by_erpnext(conn))):
        if not _is_among(each, said | before):
            yield f"{each.key} {each.path} {each.value} is contested"


def _is_among(told: books.Said, said: set[tuple[str, str, Any]]) -> bool:
    """The office of a run says single values: a list or a line is none of its own."""
    return isinstance(told.value, Hashable) and told in said


def both_sides_agree(world: World) -> Iterator[str]:
    """At rest, a document holds the cells of its record, but for what somebody has to choose."""
    for key in (CONTACT, *JOBS):
        cells = world.server.read(partial(cells_of, key=key))
        open_ = world.server.read(partial(books.disputed, key=key))
        held = {"status"} if "held" in cells else set()
        theirs = as_cells(world.server.erpnext.document(key), DOCUMENTS[key][0])
        for path in sorted(theirs.keys() - open_ - held):
            if cells.get(path) != theirs[path]:
                yield f"{key} {path}: {cells.get(path)} is {theirs[path]} in ERPNext"
