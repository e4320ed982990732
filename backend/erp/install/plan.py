"""Decides what is to be written on a site, out of what is there: the second time nothing."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final, NamedTuple

from backend.erp.attachments import FILE, is_attaching
from backend.erp.check.findings import FILE_RIGHTS, TODO_RIGHTS, wanted_rights
from backend.erp.check.selects import lacks
from backend.erp.deletions import DELETED
from backend.erp.install import documents
from backend.erp.install.documents import DOCTYPES, OPTIONS, ROLE, Document
from backend.erp.mapping import Entity, Mapping
from backend.erp.meta import Meta

RIGHTS: Final = ("read", "write", "create", "delete")
HOOK_SECRET: Final = "webhook_secret"  # noqa: S105  (a field's name)


class Action(StrEnum):
    """What a step does."""

    CREATE = "create"
    CHANGE = "change"
    GRANT = "grant"
    KEY = "key"


class Step(NamedTuple):
    """One write: what a document gets, and what the site had of that (None: nothing)."""

    action: Action
    doctype: str
    name: str
    values: Document
    before: Document | None = None


class Wish(NamedTuple):
    """What the site is to have. `hook_url` "": no webhooks. A site never tells a secret: theirs is
    taken for `secret` unless that is new."""

    mapping: Mapping
    user: str
    hook_url: str = ""
    secret: str = ""
    is_new_secret: bool = False
    needs_key: bool = False


class Present(NamedTuple):
    """What the site has: definitions by doctype, documents by (doctype, name)."""

    metas: dict[str, Meta]
    documents: dict[tuple[str, str], Document]


def doctypes_of(mapping: Mapping) -> dict[str, frozenset[str]]:
    """The doctypes that Terrain uses itself, and what it must be allowed to do with each."""
    rights = {
        entity.doctype: frozenset({"read", *wanted_rights(collection, entity)})
        for collection, entity in mapping.entities.items()
    }
    if mapping.ledger:
        rights[mapping.ledger.doctype] = frozenset({"read", "create"})
    if mapping.todo:
        rights[mapping.todo.doctype] = frozenset(TODO_RIGHTS)
    if is_attaching(mapping):
        rights[FILE] = frozenset(FILE_RIGHTS)
    rights[DELETED] = frozenset({"read"})
    return rights


def plan(wish: Wish, present: Present) -> list[Step]:
    """The steps in an order in which each finds what it needs."""
    return [
        *_role(present),
        *_doctypes(wish.mapping, present),
        *_fields(wish.mapping, present),
        *_options(wish.mapping, present),
        *_grants(wish.mapping, present),
        *_user(wish, present),
        *_webhooks(wish, present),
    ]


def _role(present: Present) -> Iterator[Step]:
    if ("Role", ROLE) not in present.documents:
        yield Step(Action.CREATE, "Role", ROLE, documents.role())


def _doctypes(mapping: Mapping, present: Present) -> Iterator[Step]:
    """Those that are not there, and all that their fields name."""
    rights = doctypes_of(mapping)
    wanted = {name for name in rights if name in DOCTYPES and name not in present.metas}
    wanted |= {str(each.get("options")) for _, each in _lacking(mapping, present)}
    for name in reversed(DOCTYPES):
        if name in wanted:
            wanted |= {str(field.get("options")) for field in DOCTYPES[name]["fields"]}
    for name in DOCTYPES:
        if name in wanted and name not in present.metas:
            values = documents.doctype(name, rights.get(name, ()))
            yield Step(Action.CREATE, "DocType", name, values)


def _fields(mapping: Mapping, present: Present) -> Iterator[Step]:
    for doctype, field in _lacking(mapping, present):
        yield _field_step(doctype, field)
    for collection, entity in mapping.entities.items():
        meta = present.metas.get(entity.doctype)
        if meta is None and entity.doctype not in DOCTYPES:
            continue
        for field in documents.extra_fields(mapping, collection):
            if meta is None or meta.field(field["fieldname"]) is None:
                yield _field_step(entity.doctype, field)

    todo = mapping.todo
    meta = present.metas.get(todo.doctype) if todo else None
    if todo and meta and meta.field(todo.id) is None:
        yield _field_step(todo.doctype, documents.id_field(todo.id))


def _field_step(doctype: str, field: Document) -> Step:
    name = f"{doctype}-{field['fieldname']}"
    return Step(Action.CREATE, "Custom Field", name, {"dt": doctype, **field})


def _options(mapping: Mapping, present: Present) -> Iterator[Step]:
    """What a select takes stays, in its order; our words come after it."""
    for lack in lacks(mapping, present.metas):
        name = documents.options_name(lack.doctype, lack.select.fieldname)
        before = {"value": lack.select.options or ""}
        words = (*lack.select.words, *lack.words)
        values = documents.options(lack.doctype, lack.select.fieldname, words)
        if (OPTIONS, name) in present.documents:
            yield Step(Action.CHANGE, OPTIONS, name, {"value": values["value"]}, before)
        else:
            yield Step(Action.CREATE, OPTIONS, name, values, before)


def _lacking(mapping: Mapping, present: Present) -> Iterator[tuple[str, Document]]:
    """The mapped fields that a doctype of the site lacks, as far as we know how they look."""
    for doctype, wanted in _mapped(mapping, present).items():
        meta, known = present.metas.get(doctype), DOCTYPES.get(doctype)
        if meta is None or known is None:
            continue
        for field in known["fields"]:
            if field["fieldname"] in wanted and meta.field(field["fieldname"]) is None:
                yield doctype, {key: field[key] for key in field if key != "reqd"}


def _mapped(mapping: Mapping, present: Present) -> dict[str, set[str]]:
    """By doctype, child doctypes among them: the fieldnames that the mapping uses."""
    fields: dict[str, set[str]] = {}
    for entity in mapping.entities.values():
        own = fields.setdefault(entity.doctype, set())
        own |= {field.field for field in entity.cells.values()} | set(entity.notes.values())
        own |= {table.field for table in entity.tables.values()}
        for child, columns in _children(entity, present):
            fields.setdefault(child, set()).update(columns)
    ledger = mapping.ledger
    if ledger:
        names = {ledger.job, ledger.kind, ledger.device, ledger.occurred_at, ledger.payload}
        fields.setdefault(ledger.doctype, set()).update(names)
    return fields


def _children(entity: Entity, present: Present) -> Iterator[tuple[str, set[str]]]:
    meta = present.metas.get(entity.doctype)
    for table in entity.tables.values():
        field = meta.field(table.field) if meta else None
        if field and field.is_table:
            columns = {each.field for each in table.columns.values()} | {table.key}
            yield str(field.options), columns | ({table.link.field} if table.link else set())


def _grants(mapping: Mapping, present: Present) -> Iterator[Step]:
    """On doctypes that are there; those that are created come with their rows."""
    for doctype, rights in doctypes_of(mapping).items():
        meta = present.metas.get(doctype)
        if meta is None:
            continue
        row = meta.row_of(ROLE)
        values: Document = {right: int(right in rights) for right in RIGHTS}
        before = {right: getattr(row, right) for right in RIGHTS} if row else None
        changed = {right: on for right, on in values.items() if (before or {}).get(right) != on}
        if changed:
            yield Step(Action.GRANT, "Custom DocPerm", doctype, changed, before)


def _user(wish: Wish, present: Present) -> Iterator[Step]:
    known = present.documents.get(("User", wish.user))
    if known is None:
        yield Step(Action.CREATE, "User", wish.user, documents.user(wish.user))
    elif ROLE not in {row.get("role") for row in known.get("roles", [])}:
        roles = {"roles": [*known.get("roles", []), {"role": ROLE}]}
        yield Step(Action.CHANGE, "User", wish.user, roles, {"roles": known.get("roles", [])})
    if wish.needs_key and not (known and known.get("api_key")):
        yield Step(Action.KEY, "User", wish.user, {})


def _webhooks(wish: Wish, present: Present) -> Iterator[Step]:
    if not wish.hook_url:
        return
    secret = {HOOK_SECRET: wish.secret}
    for entity in wish.mapping.entities.values():
        hooks = documents.webhooks(entity.doctype, wish.hook_url, wish.user)
        for name, hook in hooks.items():
            known = present.documents.get(("Webhook", name))
            if known is None:
                yield Step(Action.CREATE, "Webhook", name, {"name": name, **hook, **secret})
                continue
            values = {key: hook[key] for key in hook if not _same(known.get(key), hook[key])}
            before = {key: known.get(key) for key in values}
            values |= secret if wish.is_new_secret else {}
            if values:
                yield Step(Action.CHANGE, "Webhook", name, values, before)


def _same(known: Any, wanted: Any) -> bool:
    """Rows of a child table are compared by what we say of them; an empty text comes back as
    nothing."""
    if isinstance(wanted, list):
        rows = [{key: row.get(key) for key in wanted[0]} for row in known or []]
        return bool(rows == wanted)
    return bool((known or "") == (wanted or ""))
