"""The documents that Terrain brings, out of the data files beside this module."""

import json
from collections.abc import Iterable
from importlib import resources
from typing import Any, Final

from backend.erp.mapping import Mapping

Document = dict[str, Any]


def _read(name: str) -> Any:
    return json.loads((resources.files("backend.erp.install") / name).read_text("utf-8"))


# By name, in an order in which every link finds its doctype.
DOCTYPES: Final[dict[str, Document]] = {each["name"]: each for each in _read("doctypes.json")}
_FIELDS: Final[Document] = _read("fields.json")
_ACCESS: Final[Document] = _read("access.json")
_WEBHOOK: Final[Document] = _read("webhook.json")

OPTIONS: Final = "Property Setter"
ROLE: Final = str(_ACCESS["role"]["role_name"])
# A deletion is told whoever saved the document last: it may have been us, and we never delete.
_ECHOES: Final = {"on_update": True, "on_trash": False}


def role() -> Document:
    """The role of the service user; what it may do stands with each doctype."""
    return dict(_ACCESS["role"])


def user(email: str) -> Document:
    """The service user."""
    return {"email": email, **_ACCESS["user"], "roles": [{"role": ROLE}]}


def doctype(name: str, rights: Iterable[str]) -> Document:
    """A doctype whose rows grant or refuse each right in so many words: what is left out, `delete`
    among it, would be granted."""
    ours = {"role": ROLE, **_ACCESS["rights"], **dict.fromkeys(rights, 1)}
    manager = {**_ACCESS["rights"], **_ACCESS["manager"]}
    permissions = [] if DOCTYPES[name].get("istable") else [manager, ours]
    return {**DOCTYPES[name], "permissions": permissions}


def extra_fields(mapping: Mapping, collection: str) -> list[Document]:
    """The fields that a doctype of the site gets beside its own."""
    entity = mapping.entities[collection]
    told = [{"fieldname": field, **_FIELDS["told"][n]} for n, field in entity.told.items()]
    return [*([id_field(entity.id)] if entity.id else []), *told]


def id_field(fieldname: str) -> Document:
    """The unique field that holds our id."""
    return {"fieldname": fieldname, **_FIELDS["id"]}


def options_name(doctype: str, fieldname: str) -> str:
    """The name of the document that overrides a select's options
    (frappe/custom/doctype/property_setter/property_setter.py, `autoname`)."""
    return f"{doctype}-{fieldname}-options"


def options(doctype: str, fieldname: str, words: Iterable[str]) -> Document:
    """What overrides a select's options, by the way in which Customize Form does it."""
    return {
        "doctype_or_field": "DocField",
        "doc_type": doctype,
        "field_name": fieldname,
        "property": "options",
        "property_type": "Text",
        "value": "\n".join(words),
    }


def webhooks(doctype: str, url: str, service_user: str) -> dict[str, Document]:
    """By name: the webhooks that tell of a doctype's changes, but not of our own."""
    return {
        f"Terrain {doctype} {event}": {
            **_WEBHOOK,
            "webhook_doctype": doctype,
            "webhook_docevent": event,
            "condition": f'doc.modified_by != "{service_user}"' if echoes else "",
            "request_url": url,
        }
        for event, echoes in _ECHOES.items()
    }
