"""Reads what a site has, and carries out the steps of a plan one after the other."""

from collections.abc import Iterator
from typing import Any, Final, assert_never

import msgspec

from backend.erp.check.selects import lacks
from backend.erp.client import Outcome
from backend.erp.install.documents import DOCTYPES, OPTIONS, ROLE, Document, options_name, webhooks
from backend.erp.install.plan import HOOK_SECRET, Action, Present, Step, Wish, doctypes_of
from backend.erp.meta import Meta
from backend.erp.site import SiteClient
from backend.errors import Refused

_MANAGER: Final = "frappe.core.page.permission_manager.permission_manager"
_GENERATE: Final = "frappe.core.doctype.user.user.generate_keys"
_SHOWN: Final = 60
_SIGNS: Final = {Action.CREATE: "+", Action.CHANGE: "~", Action.GRANT: "~", Action.KEY: "+"}


async def read_present(client: SiteClient, wish: Wish) -> Present:
    """What the site has of what is wished. Raises Unavailable or Refused."""
    names = [*DOCTYPES, *doctypes_of(wish.mapping)]
    metas = await _metas(client, set(names))
    metas |= await _metas(client, _children(metas) - set(metas))
    found: dict[tuple[str, str], Document] = {}
    selects = [
        (OPTIONS, options_name(each.doctype, each.select.fieldname))
        for each in lacks(wish.mapping, metas)
    ]
    for doctype, name in (*_documents(wish), *selects):
        document = await client.get_doc(doctype, name)
        if not isinstance(document, Outcome):
            found[doctype, name] = document
    return Present(metas, found)


async def carry_out(client: SiteClient, step: Step) -> str:
    """Do one step; gives the key `key:secret` that it made, else "".

    Raises Unavailable or Refused; the steps before it stand, and the next plan leaves them out.
    """
    match step.action:
        case Action.CREATE:
            # One that somebody made meanwhile is what was wished.
            await client.insert(step.doctype, step.values)
        case Action.CHANGE:
            await _change(client, step)
        case Action.GRANT:
            await _grant(client, step)
        case Action.KEY:
            return await _new_key(client, step)
        case _:
            assert_never(step.action)
    return ""


def line_of(step: Step) -> str:
    """A step as a line of the diff; nothing secret in it."""
    head = f"{_SIGNS[step.action]} {step.doctype} {step.name}"
    if step.doctype == OPTIONS:
        return f"{head} : + {', '.join(_added(step))}"
    match step.action:
        case Action.CREATE:
            return f"{head}{_facts(step)}"
        case Action.KEY:
            return f"+ clé / key {step.name}"
        case _:
            return f"{head} : {', '.join(_changes(step))}"


async def _metas(client: SiteClient, doctypes: set[str]) -> dict[str, Meta]:
    found = {name: await client.meta(name) for name in sorted(doctypes)}
    return {name: meta for name, meta in found.items() if not isinstance(meta, Outcome)}


def _children(metas: dict[str, Meta]) -> set[str]:
    fields = [field for meta in metas.values() for field in meta.fields]
    return {field.options for field in fields if field.is_table and field.options}


def _documents(wish: Wish) -> Iterator[tuple[str, str]]:
    yield "Role", ROLE
    yield "User", wish.user
    if wish.hook_url:
        for entity in wish.mapping.entities.values():
            for name in webhooks(entity.doctype, wish.hook_url, wish.user):
                yield "Webhook", name


async def _change(client: SiteClient, step: Step) -> None:
    document = await client.get_doc(step.doctype, step.name)
    if isinstance(document, Outcome):
        raise Refused(document.value)
    saved = await client.put(step.doctype, step.name, step.values, str(document["modified"]))
    if isinstance(saved, Outcome):
        raise Refused(saved.value)


async def _grant(client: SiteClient, step: Step) -> None:
    """By the permission manager: a row of one's own would put all standard rows out of force."""
    if step.before is None:
        args = {"parent": step.name, "role": ROLE, "permlevel": 0}
        await client.run(f"{_MANAGER}.add", args)
    for right, on in step.values.items():
        args = {"doctype": step.name, "role": ROLE, "permlevel": 0, "ptype": right, "value": on}
        await client.run(f"{_MANAGER}.update", args)


async def _new_key(client: SiteClient, step: Step) -> str:
    made = await client.run(_GENERATE, {"user": step.name})
    user = await client.get_doc("User", step.name)
    if isinstance(user, Outcome):
        raise Refused(user.value)
    return f"{user['api_key']}:{made['api_secret']}"


def _facts(step: Step) -> str:
    values = step.values
    match step.doctype:
        case "DocType":
            return f" : {values.get('autoname', 'table')}, {len(values['fields'])} champs / fields"
        case "Custom Field":
            return f" : {values['fieldtype']}{', unique' if values.get('unique') else ''}"
        case "Webhook":
            return f" : {values['request_url']}"
        case _:
            return ""


def _changes(step: Step) -> Iterator[str]:
    before = step.before or {}
    for key, value in step.values.items():
        if key == HOOK_SECRET:
            yield "secret"
        else:
            yield f"{key} {_short(before.get(key))} → {_short(value)}"


def _added(step: Step) -> list[str]:
    before = (step.before or {})["value"].split("\n")
    return [word for word in step.values["value"].split("\n") if word not in before]


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(str(row.get('role') or row.get('key')) for row in value)}]"
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
