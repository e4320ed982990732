"""The whitelisted methods under `/api/method/`."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from backend.simulators.erpnext import permissions, writing
from backend.simulators.erpnext.asks import Ask
from backend.simulators.erpnext.errors import (
    FrappeError,
    invalid,
    missing,
    thrown,
    traceback_text,
)
from backend.simulators.erpnext.presenting import meta, present
from backend.simulators.erpnext.query import matching, parse_filters, parse_query, select_rows
from backend.simulators.erpnext.schema import RIGHTS, Doc

if TYPE_CHECKING:
    from backend.simulators.erpnext.site import Session, Site

Method = Callable[[Ask], Any]
MOST_INSERTS: Final = 200


class Bare(msgspec.Struct, frozen=True):
    """A result whose keys stand beside `message` instead of under it."""

    body: Doc


def find(name: str, user: str) -> Method:
    """The method of that name; a guest may only call `ping`."""
    method = METHODS.get(name)
    if user == "Guest" and name != "ping":
        raise _not_whitelisted(name)
    if method is None:
        raise invalid("ValidationError", f"Failed to get method for command {name}")
    return method


def ping(_: Ask) -> Any:
    """Answers without any authentication: no proof of a good token."""
    return "pong"


def get_logged_user(ask: Ask) -> Any:
    """Who the token belongs to."""
    return ask.user


def get_time_zone(ask: Ask) -> Any:
    """The zone of every datetime of the site."""
    return {"time_zone": ask.site.zone}


def get_versions(_: Ask) -> Any:
    """The installed apps, as the recorded site had them."""
    return {
        "frappe": {
            "title": "Framework",
            "description": "Full stack web framework with Python, Javascript, MariaDB, Redis, Node",
            "branch": "develop",
            "branch_version": "15.x.x-develop (adc279d)",
            "version": "16.0.0-dev",
        }
    }


def get_list(ask: Ask) -> Any:
    """A list by POST: its filter may be longer than an address. Child rows are read with the
    right on their `parent` (unrecorded: `check_parent_permission` of frappe/client.py)."""
    kind = ask.site.doctype(str(ask.args.get("doctype")))
    owner = str(ask.args.get("parent")) if kind.istable else kind.name
    permissions.require(ask.site, ask.user, owner, "read")
    return select_rows(ask.site, kind, parse_query(ask.args))


def get_count(ask: Ask) -> Any:
    """How many rows meet the filters."""
    kind = ask.site.doctype(str(ask.args.get("doctype")))
    permissions.require(ask.site, ask.user, kind.name, "read")
    return len(matching(ask.site, kind, tuple(parse_filters(ask.args.get("filters")))))


def get(ask: Ask) -> Any:
    """One document, with empty fields as null."""
    doctype, name = str(ask.args.get("doctype")), str(ask.args.get("name"))
    doc = ask.site.document(doctype, name)
    permissions.require(ask.site, ask.user, doctype, "read", name)
    return present(ask.site, doctype, doc, nulls=True)


def get_value(ask: Ask) -> Any:
    """Columns of the first row that meets the filters; nothing found is an empty answer."""
    kind = ask.site.doctype(str(ask.args.get("doctype")))
    if not permissions.allowed(ask.site, ask.user, kind.name, "read"):
        raise permissions.no_permission(kind.name)
    filters = ask.args.get("filters")
    if isinstance(filters, str) and not filters.startswith(("{", "[")):
        filters = {"name": filters}
    query = parse_query({"fields": ask.args.get("fieldname"), "filters": filters, "limit": 1})
    return next(iter(select_rows(ask.site, kind, query)), {})


def set_value(ask: Ask) -> Any:
    """Save one field or several; the answer shows empty fields as null."""
    doctype, fieldname = str(ask.args.get("doctype")), _parsed(ask.args.get("fieldname"))
    changed = fieldname if isinstance(fieldname, dict) else {str(fieldname): ask.args.get("value")}
    doc = writing.update(ask.site, ask.session, doctype, str(ask.args.get("name")), changed)
    return present(ask.site, doctype, doc, nulls=True)


def insert(ask: Ask) -> Any:
    """A new document; a child row is added to its parent, which is saved and answered."""
    doc = _parsed(ask.args.get("doc"))
    kind = ask.site.doctype(str(doc.get("doctype")))
    if kind.istable:
        parent = writing.append_row(ask.site, ask.session, kind.name, doc)
        return present(ask.site, str(doc.get("parenttype")), parent, nulls=True)
    permissions.require(ask.site, ask.user, kind.name, "create")
    return present(
        ask.site, kind.name, writing.insert(ask.site, ask.session, kind.name, doc), nulls=True
    )


def insert_many(ask: Ask) -> Any:
    """At most 200 documents, all or none; answers their names."""
    docs = _parsed(ask.args.get("docs"))
    if len(docs) > MOST_INSERTS:
        raise invalid("ValidationError", f"Only {MOST_INSERTS} inserts allowed in one request")
    return [insert(ask.on({"doc": doc}))["name"] for doc in docs]


def save(ask: Ask) -> Any:
    """Replace a whole document; without its current `modified` this is a mismatch."""
    doc = _parsed(ask.args.get("doc"))
    doctype = str(doc.get("doctype"))
    return present(
        ask.site, doctype, writing.replace(ask.site, ask.session, doctype, doc), nulls=True
    )


def bulk_update(ask: Ask) -> Any:
    """Save many documents; 200 whatever happens, with those that failed and their tracebacks."""
    failed = []
    for doc in _parsed(ask.args.get("docs")):
        mark = ask.site.database.mark()
        try:
            _update_one(ask.site, ask.session, doc)
        except FrappeError as error:
            ask.site.database.rollback(mark)
            ask.session.said.extend(error.messages)
            failed.append({"doc": doc, "exc": traceback_text(error)})
    return {"failed_docs": failed}


def rename_doc(ask: Ask) -> Any:
    """A new name for a document."""
    doctype, old, new = (str(ask.args.get(key)) for key in ("doctype", "old_name", "new_name"))
    permissions.require(ask.site, ask.user, doctype, "write", old)
    writing.rename(ask.site, doctype, old, new)
    words = f"Document renamed from <strong>{old}</strong> to <strong>{new}</strong>"
    ask.session.said.append(
        {"message": words, "title": "Message", "indicator": "green", "alert": 1}
    )
    return new


def delete(ask: Ask) -> Any:
    """Delete a document."""
    writing.delete(ask.site, ask.session, str(ask.args.get("doctype")), str(ask.args.get("name")))


def has_permission(ask: Ask) -> Any:
    """Whether the caller has the right `perm_type` on a document."""
    doctype, right = str(ask.args.get("doctype")), str(ask.args.get("perm_type") or "read")
    return {"has_permission": permissions.allowed(ask.site, ask.user, doctype, right)}


def generate_keys(ask: Ask) -> Any:
    """A new secret for a user; the old one is refused from the next request on, and nobody is
    told."""
    user = str(ask.args.get("user"))
    permissions.require(ask.site, ask.user, "User", "write", user)
    row, secret = ask.site.document("User", user), ask.site.new_id(15)
    key = row.get("api_key") or ask.site.new_id(15)
    ask.site.database.put("User", user, {**row, "api_key": key, "api_secret": secret})
    return {"api_secret": secret}


def getdoctype(ask: Ask) -> Any:
    """A doctype and its child doctypes, as the desk loads them."""
    kind = ask.site.doctype(str(ask.args.get("doctype")))
    children = [ask.site.doctype(field.options) for field in kind.tables]
    return Bare(
        {"docs": [meta(ask.site, each) for each in (kind, *children)], "user_settings": "{}"}
    )


def add_permission(ask: Ask) -> Any:
    """`permission_manager.add`: copies the standard rows first, then adds the role, read only."""
    doctype, role = str(ask.args.get("parent")), str(ask.args.get("role"))
    permissions.require(ask.site, ask.user, "Custom DocPerm", "create")
    _customise(ask.site, ask.session, doctype)
    _permission_row(ask.site, ask.session, doctype, role, frozenset({"read"}))


def update_permission(ask: Ask) -> Any:
    """`permission_manager.update`: switches one right of one role."""
    doctype, role = str(ask.args.get("doctype")), str(ask.args.get("role"))
    permissions.require(ask.site, ask.user, "Custom DocPerm", "write")
    _customise(ask.site, ask.session, doctype)
    changed = {str(ask.args.get("ptype")): int(ask.args.get("value") or 0)}
    for row in _custom_rows(ask.site, doctype):
        if row["role"] == role:
            writing.update(ask.site, ask.session, "Custom DocPerm", row["name"], changed)


def _update_one(site: "Site", session: "Session", doc: Doc) -> None:
    sent = {key: value for key, value in doc.items() if key not in ("doctype", "docname")}
    if "docname" not in doc:
        raise missing(str(doc.get("doctype")), "None")
    writing.update(site, session, str(doc.get("doctype")), str(doc["docname"]), sent)


def _customise(site: "Site", session: "Session", doctype: str) -> None:
    if not _custom_rows(site, doctype):
        for row in site.doctype(doctype).permissions:
            _permission_row(site, session, doctype, row.role, row.rights)


def _custom_rows(site: "Site", doctype: str) -> list[Doc]:
    return [row for row in site.database.rows("Custom DocPerm") if row["parent"] == doctype]


def _permission_row(
    site: "Site", session: "Session", doctype: str, role: str, rights: frozenset[str]
) -> None:
    granted = {right: int(right in rights) for right in RIGHTS}
    sent = {"parent": doctype, "role": role, **granted}
    writing.insert(site, session, "Custom DocPerm", sent)


def _parsed(value: Any) -> Any:
    """An argument that may come as a JSON text."""
    if not isinstance(value, str):
        return value if value is not None else {}
    try:
        return json.loads(value)
    except ValueError:
        return value


def _not_whitelisted(name: str) -> FrappeError:
    summary = "<summary>You are not permitted to access this resource.</summary>"
    text = f"<details>{summary}Function <strong>{name}</strong> is not whitelisted.</details>"
    said = tuple({**entry, "title": "Method Not Allowed"} for entry in thrown(text))
    return FrappeError(403, "PermissionError", text, messages=said)


METHODS: Final[dict[str, Method]] = {
    "ping": ping,
    "frappe.auth.get_logged_user": get_logged_user,
    "frappe.client.get_time_zone": get_time_zone,
    "frappe.utils.change_log.get_versions": get_versions,
    "frappe.client.get_list": get_list,
    "frappe.client.get_count": get_count,
    "frappe.client.get": get,
    "frappe.client.get_value": get_value,
    "frappe.client.set_value": set_value,
    "frappe.client.insert": insert,
    "frappe.client.insert_many": insert_many,
    "frappe.client.save": save,
    "frappe.client.bulk_update": bulk_update,
    "frappe.client.rename_doc": rename_doc,
    "frappe.client.delete": delete,
    "frappe.client.has_permission": has_permission,
    "frappe.core.doctype.user.user.generate_keys": generate_keys,
    "frappe.desk.form.load.getdoctype": getdoctype,
    "frappe.core.page.permission_manager.permission_manager.add": add_permission,
    "frappe.core.page.permission_manager.permission_manager.update": update_permission,
}
