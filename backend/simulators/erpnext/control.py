"""The control endpoint of the demo: faults, request log, and a dispatcher's edits."""

from typing import Any, Literal

import msgspec
from litestar import Router, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.params import FromQuery, JSONBody

from backend.simulators.erpnext.errors import FrappeError
from backend.simulators.erpnext.faults import Fault
from backend.simulators.erpnext.presenting import present
from backend.simulators.erpnext.request_log import Entry
from backend.simulators.erpnext.site import Site


class OfficeEdit(msgspec.Struct, frozen=True):
    """What a dispatcher does in the desk: `save` (without a name: create), `delete`, or
    `rename` to `new_name`."""

    doctype: str
    name: str = ""
    action: Literal["save", "delete", "rename"] = "save"
    new_name: str = ""
    fields: dict[str, Any] = {}


class Switches(msgspec.Struct, frozen=True):
    """Conditions of the whole site; None leaves one as it is."""

    maintenance: bool | None = None
    database_down: bool | None = None


def control_router(site: Site) -> Router:
    """The handlers under `/_control` for one site."""
    return Router(
        "/_control",
        route_handlers=[waiting, order, clear, release, switch, log, office],
        dependencies={"site": Provide(lambda: site, sync_to_thread=False)},
    )


@get("/faults", sync_to_thread=False)
def waiting(site: NamedDependency[Site]) -> list[Fault]:
    """The faults that have not been used up."""
    return site.faults.waiting()


@post("/faults", sync_to_thread=False)
def order(site: NamedDependency[Site], data: JSONBody[Fault]) -> list[Fault]:
    """Let the next matching requests meet a fault."""
    site.faults.order(data)
    return site.faults.waiting()


@delete("/faults", sync_to_thread=False)
def clear(site: NamedDependency[Site]) -> None:
    """Nothing goes wrong any more."""
    site.faults.clear()


@post("/commits", sync_to_thread=False)
def release(site: NamedDependency[Site]) -> dict[str, int]:
    """Let the late commits happen."""
    return {"released": site.release_commits()}


@post("/site", sync_to_thread=False)
def switch(site: NamedDependency[Site], data: JSONBody[Switches]) -> Switches:
    """Put the whole site into maintenance, or its database down; answers both conditions."""
    site.maintenance = _or(data.maintenance, site.maintenance)
    site.database_down = _or(data.database_down, site.database_down)
    return Switches(site.maintenance, site.database_down)


@get("/log", sync_to_thread=False)
def log(site: NamedDependency[Site], after: FromQuery[int] = 0) -> list[Entry]:
    """The requests whose number is above `after`, with their effects."""
    return site.log.entries(after)


@post("/office", sync_to_thread=False)
def office(site: NamedDependency[Site], data: JSONBody[OfficeEdit]) -> dict[str, Any]:
    """Do what a dispatcher does in the desk; answers the document, or nothing when deleted."""
    try:
        return _edit(site, data)
    except FrappeError as error:
        raise HTTPException(error.text, status_code=error.status) from error


def _or(wanted: bool | None, present: bool) -> bool:
    return present if wanted is None else wanted


def _edit(site: Site, edit: OfficeEdit) -> dict[str, Any]:
    if edit.action == "delete":
        site.delete_as_office(edit.doctype, edit.name)
        return {}
    if edit.action == "rename":
        site.rename_as_office(edit.doctype, edit.name, edit.new_name)
        return present(site, edit.doctype, site.document(edit.doctype, edit.new_name))
    if edit.name:
        saved = site.edit_as_office(edit.doctype, edit.name, **edit.fields)
    else:
        saved = site.create_as_office(edit.doctype, **edit.fields)
    return present(site, edit.doctype, saved)
