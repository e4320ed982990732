"""Inserting, saving, deleting and renaming documents, with Frappe's checks in Frappe's order."""

from typing import TYPE_CHECKING, Any, Final

from backend.simulators.erpnext import controllers, permissions, values
from backend.simulators.erpnext.errors import duplicate, invalid, missing, not_unique
from backend.simulators.erpnext.naming import new_name
from backend.simulators.erpnext.schema import CHILD_FIELDS, STANDARD_FIELDS, Doc, DocType, Field

if TYPE_CHECKING:
    from backend.simulators.erpnext.site import Session, Site

CONSTANTS: Final = ("creation",)
INTERNAL: Final = "__unsaved"


def insert(site: "Site", session: "Session", doctype: str, sent: Doc) -> Doc:
    """A new document from what was sent; unknown fields are dropped. Returns it as answered."""
    kind = site.doctype(doctype)
    doc = _stamped(site, session, {**_initial(kind), **_known(kind, _filled(sent))})
    doc["name"] = new_name(site, kind, sent)
    _take_tables(site, session, kind, doc, sent)
    _check_links(site, kind, doc)
    controllers.before_insert(site, session, kind, doc)
    _validate(site, kind, doc)
    if site.database.get(doctype, doc["name"]) is not None:
        raise duplicate(doctype, doc["name"])
    _check_unique(site, kind, doc)
    site.database.put(doctype, doc["name"], _as_stored(site, kind, doc))
    controllers.after_insert(site, kind, doc)
    return doc


def update(
    site: "Site", session: "Session", doctype: str, name: str, sent: Doc, *, check: bool = True
) -> Doc:
    """Load, overlay what was sent, save. `modified` is compared only when it was sent, as text.

    A save that changes nothing still moves `modified` (recorded). Returns the document as
    answered: datetimes are echoed as they were sent, only a new read shows what was stored.
    """
    before = site.document(doctype, name)
    kind = site.doctype(doctype)
    if check:
        permissions.require(site, session.user, doctype, "write", name)
    if sent.get("name", name) != name:
        raise missing(doctype, str(sent["name"]))
    return save(site, session, kind, before, {**before, **_known(kind, sent)}, sent)


def replace(site: "Site", session: "Session", doctype: str, sent: Doc) -> Doc:
    """`frappe.client.save`: the whole document as sent; what is absent becomes empty."""
    name = str(sent.get("name"))
    before = site.document(doctype, name)
    kind = site.doctype(doctype)
    permissions.require(site, session.user, doctype, "write", name)
    empty: Doc = dict.fromkeys(field.fieldname for field in kind.columns)
    kept = {key: before[key] for key in STANDARD_FIELDS}
    tables: Doc = {field.fieldname: [] for field in kind.tables}
    doc = {**kept, **empty, **tables, **_known(kind, sent)}
    return save(site, session, kind, before, doc, {"modified": None, **tables, **sent})


def save(site: "Site", session: "Session", kind: DocType, before: Doc, doc: Doc, sent: Doc) -> Doc:
    """Write `doc` over `before`; `sent` says which constants and tables the client spoke of."""
    name = before["name"]
    stamp = site.stamp()
    if "modified" in sent and sent["modified"] != before["modified"]:
        raise _mismatch(kind.name, name, before["modified"], stamp)
    doc = {**doc, "name": name, "modified": stamp, "modified_by": session.user}
    _take_tables(site, session, kind, doc, sent)
    _check_links(site, kind, doc)
    _validate(site, kind, doc)
    _check_constants(before, sent)
    _check_unique(site, kind, doc)
    site.database.put(kind.name, name, _as_stored(site, kind, doc))
    controllers.after_save(site, kind, doc)
    for script in site.scripts:
        script(site, kind.name, before, doc)
    return doc


def append_row(site: "Site", session: "Session", child: str, sent: Doc) -> Doc:
    """`frappe.client.insert` of a child row: adds it to its parent and saves the parent."""
    parent_type, parent = str(sent.get("parenttype")), str(sent.get("parent"))
    before = site.document(parent_type, parent)
    kind = site.doctype(parent_type)
    permissions.require(site, session.user, parent_type, "write", parent)
    field = _table_field(kind, child, str(sent.get("parentfield")))
    rows = [*before[field.fieldname], {**sent, "name": None}]
    return save(site, session, kind, before, dict(before), {field.fieldname: rows})


def insert_row(site: "Site", session: "Session", child: str, sent: Doc) -> Doc:
    """`POST /api/resource/<child>`: adds a row and leaves the parent's `modified` (recorded)."""
    parent_type, parent = str(sent.get("parenttype")), str(sent.get("parent"))
    before = site.document(parent_type, parent)
    kind = site.doctype(parent_type)
    permissions.require(site, session.user, parent_type, "write", parent)
    field = _table_field(kind, child, str(sent.get("parentfield")))
    row = _row(site, session, kind, field, before, {**sent, "name": None})
    row["idx"] = len(before[field.fieldname]) + 1
    _validate_row(site, field, row)
    rows = [*before[field.fieldname], _stored_row(site, field, row)]
    site.database.put(parent_type, parent, {**before, field.fieldname: rows})
    return row


def delete(
    site: "Site", session: "Session", doctype: str, name: str, *, check: bool = True
) -> None:
    """Remove a document and leave a Deleted Document."""
    site.document(doctype, name)
    if check:
        permissions.require(site, session.user, doctype, "delete", name)
    site.database.remove(doctype, name)
    if "Deleted Document" in site.doctypes:
        insert(
            site, session, "Deleted Document", {"deleted_doctype": doctype, "deleted_name": name}
        )


def rename(site: "Site", doctype: str, old: str, new: str) -> None:
    """Change a name in place. `modified` stays and no Deleted Document is left (recorded);
    the fields of other documents that link to it follow."""
    doc = site.document(doctype, old)
    kind = site.doctype(doctype)
    if site.database.get(doctype, new) is not None:
        raise invalid("ValidationError", f"Another {doctype} with name {new} exists")
    tables = {
        field.fieldname: [{**row, "parent": new} for row in doc[field.fieldname]]
        for field in kind.tables
    }
    site.database.remove(doctype, old)
    site.database.put(doctype, new, {**doc, **tables, "name": new})
    _relink(site, doctype, old, new)


def _initial(kind: DocType) -> Doc:
    return {
        **{field.fieldname: field.initial() for field in kind.columns},
        **{field.fieldname: [] for field in kind.tables},
    }


def _known(kind: DocType, sent: Doc) -> Doc:
    """What the document can hold of what was sent; the rest is dropped without a word."""
    columns = {
        field.fieldname: values.cast(field, sent[field.fieldname])
        for field in kind.columns
        if field.fieldname in sent
    }
    return {**columns, **({"owner": sent["owner"]} if sent.get("owner") else {})}


def _filled(sent: Doc) -> Doc:
    """What was sent without the nulls: a new document has its defaults there."""
    return {key: value for key, value in sent.items() if value is not None}


def _stamped(site: "Site", session: "Session", doc: Doc) -> Doc:
    stamp = site.stamp()
    standard = {
        "name": None,
        "owner": session.user,
        "creation": stamp,
        "modified": stamp,
        "modified_by": session.user,
        "docstatus": 0,
        "idx": 0,
    }
    return {**standard, **doc}


def _take_tables(site: "Site", session: "Session", kind: DocType, doc: Doc, sent: Doc) -> None:
    """Child tables are replaced by the rows sent; tables not sent keep theirs, re-stamped."""
    for field in kind.tables:
        rows = sent.get(field.fieldname, doc.get(field.fieldname)) or []
        taken = [_row(site, session, kind, field, doc, row) for row in rows]
        doc[field.fieldname] = [{**row, "idx": at} for at, row in enumerate(taken, start=1)]


def _row(
    site: "Site", session: "Session", kind: DocType, field: Field, parent: Doc, sent: Doc
) -> Doc:
    child = site.doctype(field.options)
    known = {**_initial(child), **_known(child, _filled(sent))}
    stored = _stored_row_of(site, kind, field, parent, sent.get("name"))
    standard = {
        "name": stored["name"] if stored else site.new_id(),
        "owner": stored["owner"] if stored else session.user,
        "creation": stored["creation"] if stored else parent["creation"],
        "modified": parent["modified"],
        "modified_by": session.user,
        "docstatus": 0,
        "idx": 0,
    }
    of = {"parent": parent["name"], "parentfield": field.fieldname, "parenttype": kind.name}
    return {**standard, **known, **of, **({} if stored else {INTERNAL: 1})}


def _stored_row_of(site: "Site", kind: DocType, field: Field, parent: Doc, name: Any) -> Doc | None:
    before = site.database.get(kind.name, parent["name"]) if parent.get("name") else None
    rows = before.get(field.fieldname, []) if before else []
    return next((row for row in rows if name and row["name"] == name), None)


def _validate(site: "Site", kind: DocType, doc: Doc) -> None:
    values.check(kind, doc)
    for field in kind.tables:
        for row in doc[field.fieldname]:
            _validate_row(site, field, row)


def _validate_row(site: "Site", field: Field, row: Doc) -> None:
    values.check(site.doctype(field.options), row)


def _check_links(site: "Site", kind: DocType, doc: Doc) -> None:
    rows = [(site.doctype(f.options), row) for f in kind.tables for row in doc[f.fieldname]]
    for owner, values_of in [(kind, doc), *rows]:
        for field in owner.columns:
            _check_link(site, field, values_of.get(field.fieldname))


def _check_link(site: "Site", field: Field, value: Any) -> None:
    if field.fieldtype != "Link" or not value or field.options not in site.doctypes:
        return
    if site.database.get(field.options, str(value)) is None:
        raise invalid("LinkValidationError", f"Could not find {field.title}: {value}")


def _check_constants(before: Doc, sent: Doc) -> None:
    for fieldname in CONSTANTS:
        if fieldname in sent and sent[fieldname] != before[fieldname]:
            text = f"Value cannot be changed for {fieldname.capitalize()}"
            raise invalid("CannotChangeConstantError", text)


def _check_unique(site: "Site", kind: DocType, doc: Doc) -> None:
    for field in kind.columns:
        value = doc.get(field.fieldname)
        if not field.unique or value in (None, ""):
            continue
        for other in site.database.rows(kind.name):
            if other.get(field.fieldname) == value and other["name"] != doc["name"]:
                raise not_unique(kind.name, doc["name"], field.fieldname, value)


def _as_stored(site: "Site", kind: DocType, doc: Doc) -> Doc:
    columns = {f.fieldname: values.stored(f, doc.get(f.fieldname)) for f in kind.columns}
    tables = {
        field.fieldname: [_stored_row(site, field, row) for row in doc[field.fieldname]]
        for field in kind.tables
    }
    return {**{key: doc[key] for key in STANDARD_FIELDS}, **columns, **tables}


def _stored_row(site: "Site", field: Field, row: Doc) -> Doc:
    columns = site.doctype(field.options).columns
    cells = {f.fieldname: values.stored(f, row.get(f.fieldname)) for f in columns}
    return {key: row[key] for key in STANDARD_FIELDS} | cells | {k: row[k] for k in CHILD_FIELDS}


def _table_field(kind: DocType, child: str, fieldname: str) -> Field:
    field = kind.field(fieldname)
    if field is None or field.options != child:
        raise invalid("ValidationError", f"{kind.name} has no table {fieldname} of {child}")
    return field


def _mismatch(doctype: str, name: str, current: str, stamp: str) -> Exception:
    text = f"Error: {name} ({doctype}) has been modified after you have opened it"
    hint = "Please refresh to get the latest document."
    return invalid("TimestampMismatchError", f"{text} ({current}, {stamp}). {hint}")


def _relink(site: "Site", doctype: str, old: str, new: str) -> None:
    for kind in site.doctypes.values():
        links = [f.fieldname for f in kind.columns if (f.fieldtype, f.options) == ("Link", doctype)]
        for row in site.database.rows(kind.name) if links else []:
            moved = {fieldname: new for fieldname in links if row.get(fieldname) == old}
            if moved:
                site.database.put(kind.name, row["name"], {**row, **moved})
