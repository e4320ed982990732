"""Documents, doctypes and files as Frappe shows them over REST."""

from typing import TYPE_CHECKING, Final

from backend.simulators.erpnext import permissions
from backend.simulators.erpnext.controllers import overridden
from backend.simulators.erpnext.schema import (
    CHILD_FIELDS,
    RIGHTS,
    STANDARD_FIELDS,
    Doc,
    DocType,
    Field,
    Permission,
)

if TYPE_CHECKING:
    from backend.simulators.erpnext.site import Site

_META_FLAGS: Final = {
    "issingle": 0,
    "is_virtual": 0,
    "is_tree": 0,
    "istable": 0,
    "editable_grid": 1,
    "track_changes": 1,
    "module": "Custom",
    "autoname": "",
    "naming_rule": "",
    "sort_field": "creation",
    "sort_order": "DESC",
    "read_only": 0,
    "in_create": 0,
    "allow_copy": 0,
    "allow_rename": 1,
    "allow_import": 0,
    "hide_toolbar": 0,
    "track_seen": 0,
    "max_attachments": 0,
    "document_type": "",
    "engine": "InnoDB",
    "is_submittable": 0,
    "show_name_in_global_search": 0,
    "custom": 1,
    "beta": 0,
    "has_web_view": 0,
    "allow_guest_to_view": 0,
    "email_append_to": 0,
    "show_title_field_in_link": 0,
    "translated_doctype": 0,
    "is_calendar_and_gantt": 0,
    "quick_entry": 0,
    "track_views": 0,
    "queue_in_background": 0,
    "allow_events_in_timeline": 0,
    "allow_auto_repeat": 0,
    "make_attachments_public": 0,
    "force_re_route_to_default_view": 0,
    "show_preview_popup": 0,
    "index_web_pages_for_search": 1,
}
_META_HEAD: Final = ("name", "creation", "modified", "modified_by", "owner", "docstatus", "idx")
_NAMING_RULES: Final = (("format:", "Expression"), ("field:", "By fieldname"), ("UUID", "UUID"))


def present(site: "Site", doctype: str, doc: Doc, *, nulls: bool = False) -> Doc:
    """A document with its child rows. REST leaves out empty fields, `frappe.client` methods
    show them as null (recorded). Passwords become asterisks."""
    kind = site.doctype(doctype)
    shown = {key: doc[key] for key in (*STANDARD_FIELDS, *_columns(kind)) if key in doc}
    shown |= {key: doc[key] for key in CHILD_FIELDS if key in doc and kind.istable}
    tables = {
        field.fieldname: [
            present(site, field.options, row, nulls=nulls) for row in _rows(doc, field)
        ]
        for field in kind.tables
    }
    kept = {key: value for key, value in shown.items() if nulls or value is not None}
    unsaved = {key: doc[key] for key in ("__unsaved",) if key in doc}
    return {**_masked(kind, kept), "doctype": doctype, **tables, **unsaved}


def meta(site: "Site", kind: DocType) -> Doc:
    """A doctype's definition as `/api/v2/doctype/<name>/meta` shows it to any user; custom
    permission rows take the place of its own (unrecorded: `set_custom_permissions` of
    frappe/model/meta.py)."""
    head = _meta_row(
        "DocType", {key: site.document("DocType", kind.name)[key] for key in _META_HEAD}
    )
    rule = next((words for text, words in _NAMING_RULES if kind.autoname.startswith(text)), "")
    flags = {"istable": int(kind.istable), "issingle": int(kind.issingle)}
    naming = {"autoname": kind.autoname, "naming_rule": rule}
    return {
        **head,
        **_META_FLAGS,
        **flags,
        **naming,
        "fields": _meta_fields(site, kind),
        "permissions": [
            _meta_permission(kind, row) for row in permissions.rows_of(site, kind.name)
        ],
    }


def _columns(kind: DocType) -> list[str]:
    return [field.fieldname for field in kind.columns]


def _rows(doc: Doc, field: Field) -> list[Doc]:
    rows: list[Doc] = doc.get(field.fieldname) or []
    return rows


def _masked(kind: DocType, shown: Doc) -> Doc:
    secrets = [field.fieldname for field in kind.columns if field.fieldtype == "Password"]
    return {k: "*" * len(v) if k in secrets and v else v for k, v in shown.items()}


def _meta_fields(site: "Site", kind: DocType) -> list[Doc]:
    """The rows of the DocType document, then the custom fields, with what is set over them."""
    rows = [_meta_row("DocField", row) for row in site.document("DocType", kind.name)["fields"]]
    custom = [row for row in site.database.rows("Custom Field") if row["dt"] == kind.name]
    rows += [{**_meta_row("DocField", row), "is_custom_field": 1} for row in custom]
    return [overridden(site, kind.name, row) for row in rows]


def _meta_row(doctype: str, row: Doc) -> Doc:
    head = {"doctype": doctype, **{key: row[key] for key in _META_HEAD}}
    return {**head, **{key: value for key, value in row.items() if value is not None}}


def _meta_permission(kind: DocType, row: Permission) -> Doc:
    of = {"parent": kind.name, "parentfield": "permissions", "parenttype": "DocType"}
    rights = {right: int(right in row.rights) for right in RIGHTS}
    return {"doctype": "DocPerm", **of, "role": row.role, **rights}
