"""What Frappe's own doctypes do when they are saved: users, doctypes, custom fields, and what
overrides a field."""

from typing import TYPE_CHECKING, Any

import msgspec

from backend.simulators.erpnext.errors import invalid
from backend.simulators.erpnext.schema import RIGHTS, Doc, DocType, Field, Permission

if TYPE_CHECKING:
    from backend.simulators.erpnext.site import Session, Site


def before_insert(site: "Site", session: "Session", kind: DocType, doc: Doc) -> None:
    """Fill or refuse a new document of the framework's own doctypes."""
    if kind.name == "User":
        _complete_user(site, session, doc)
    elif kind.name == "Custom Field":
        _place_custom_field(site, doc)


def after_insert(site: "Site", kind: DocType, doc: Doc) -> None:
    """Let a new doctype, custom field or property take effect."""
    if kind.name == "Custom Field":
        target = site.doctype(doc["dt"])
        site.define([msgspec.structs.replace(target, fields=(*target.fields, _field(doc)))])
    after_save(site, kind, doc)


def after_save(site: "Site", kind: DocType, doc: Doc) -> None:
    """Let a changed doctype take effect, together with its custom fields and properties."""
    if kind.name == "DocType":
        _define(site, doc)
    elif kind.name == "Property Setter":
        _define(site, site.document("DocType", doc["doc_type"]))


def overridden(site: "Site", doctype: str, row: Doc) -> Doc:
    """A field's row with the properties that are set over it (unrecorded:
    `apply_property_setters` of frappe/model/meta.py)."""
    over = {
        each["property"]: each["value"]
        for each in site.database.rows("Property Setter")
        if (each["doc_type"], each["field_name"]) == (doctype, row["fieldname"])
    }
    return {**row, **over}


def _define(site: "Site", doc: Doc) -> None:
    custom = [row for row in site.database.rows("Custom Field") if row["dt"] == doc["name"]]
    plain = _doctype(doc)
    rows = [overridden(site, doc["name"], row) for row in (*doc["fields"], *custom)]
    site.define([msgspec.structs.replace(plain, fields=tuple(_field(row) for row in rows))])


def _complete_user(site: "Site", session: "Session", doc: Doc) -> None:
    names = [doc.get("first_name"), doc.get("last_name")]
    doc["full_name"] = " ".join(name for name in names if name)
    doc["username"] = doc.get("username") or _username(str(doc.get("first_name")))
    doc["time_zone"] = doc.get("time_zone") or site.zone
    if not doc["roles"]:
        session.said.append(_no_roles(doc["name"]))
    doc["social_logins"].append(_frappe_login(site, session, doc))


def _username(first_name: str) -> str:
    return first_name.strip().lower().replace(" ", "_")


def _frappe_login(site: "Site", session: "Session", doc: Doc) -> Doc:
    stamp = site.stamp()
    return {
        "name": site.new_id(),
        "owner": session.user,
        "creation": stamp,
        "modified": stamp,
        "modified_by": session.user,
        "docstatus": 0,
        "idx": len(doc["social_logins"]) + 1,
        "provider": "frappe",
        "userid": site.new_id(39),
        "parent": doc["name"],
        "parentfield": "social_logins",
        "parenttype": "User",
    }


def _no_roles(user: str) -> Doc:
    return {
        "message": f"Newly created user <strong>{user}</strong> has no roles enabled.",
        "title": "No Roles Specified",
        "indicator": "orange",
        "primary_action": {
            "label": "Add Roles",
            "client_action": "frappe.set_route",
            "args": ["Form", "User", user],
        },
    }


def _place_custom_field(site: "Site", doc: Doc) -> None:
    fields = site.doctype(doc["dt"]).fields
    names = [field.fieldname for field in fields]
    if doc["fieldname"] in names:
        text = f"A field with the name {doc['fieldname']} already exists in {doc['dt']}"
        raise invalid("ValidationError", text)
    after = doc.get("insert_after")
    doc["idx"] = names.index(after) + 1 if after in names else len(names)


def _doctype(doc: Doc) -> DocType:
    permissions = (
        Permission(row["role"], frozenset(right for right in RIGHTS if row.get(right)))
        for row in doc["permissions"]
    )
    return DocType(
        doc["name"],
        tuple(_field(row) for row in doc["fields"]),
        autoname=doc.get("autoname") or "hash",
        istable=bool(doc["istable"]),
        issingle=bool(doc["issingle"]),
        permissions=tuple(permissions),
    )


def _field(row: Doc) -> Field:
    def text(key: str) -> Any:
        return row.get(key) or ""

    return Field(
        row["fieldname"],
        row["fieldtype"],
        text("options"),
        text("label"),
        reqd=bool(row["reqd"]),
        unique=bool(row["unique"]),
        read_only=bool(row["read_only"]),
        default=row.get("default"),
    )
