"""Lists: which fields, which rows, in which order, which page."""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from backend.simulators.erpnext.errors import invalid
from backend.simulators.erpnext.schema import CHILD_FIELDS, STANDARD_FIELDS, Doc, DocType

if TYPE_CHECKING:
    from backend.simulators.erpnext.site import Site

PAGE: Final = 20
_CHILD_COLUMN: Final = re.compile(r"^`tab(?P<child>[^`]+)`\.`?(?P<column>\w+)`?$")


class Condition(NamedTuple):
    """One comparison of a stored value."""

    fieldname: str
    operator: str
    value: Any


class Query(msgspec.Struct, frozen=True):
    """A list request. `limit` 0 means all rows; without `order_by` rows come as inserted."""

    fields: tuple[str, ...] = ("name",)
    conditions: tuple[Condition, ...] = ()
    order_by: str = ""
    start: int = 0
    limit: int = PAGE


def parse_query(args: Doc) -> Query:
    """The list request out of form values, which may be JSON texts or real lists."""
    fields = _decoded(args.get("fields")) or ["name"]
    limit = args.get("limit_page_length", args.get("limit", PAGE))
    return Query(
        tuple(fields if isinstance(fields, list) else [fields]),
        tuple(parse_filters(args.get("filters"))),
        str(args.get("order_by") or ""),
        int(args.get("limit_start", args.get("start", 0)) or 0),
        int(limit or 0),
    )


def parse_filters(raw: Any) -> list[Condition]:
    """Filters as Frappe takes them: `{field: value}`, `{field: [op, value]}`, `[field, op,
    value]` and `[doctype, field, op, value]`."""
    filters = _decoded(raw) or []
    if isinstance(filters, dict):
        return [_from_pair(fieldname, value) for fieldname, value in filters.items()]
    return [Condition(*entry[-3:]) for entry in filters]


def select_rows(site: "Site", kind: DocType, query: Query) -> list[Doc]:
    """The page of rows with the asked columns. Unknown fields raise DataError (417)."""
    for text in query.fields:
        _require_field(site, kind, text)
    rows = matching(site, kind, query.conditions)
    for fieldname, descending in reversed(_order(kind, query.order_by)):
        rows.sort(key=lambda row: _sort_key(row.get(fieldname)), reverse=descending)
    shown = [line for row in rows for line in _lines(kind, row, query.fields)]
    return shown[query.start : query.start + query.limit] if query.limit else shown[query.start :]


def matching(site: "Site", kind: DocType, conditions: tuple[Condition, ...]) -> list[Doc]:
    """The stored rows that meet every condition."""
    for condition in conditions:
        _require_column(kind, condition.fieldname)
    rows = _child_rows(site, kind) if kind.istable else site.database.rows(kind.name)
    return [row for row in rows if all(_meets(row, condition) for condition in conditions)]


def _child_rows(site: "Site", kind: DocType) -> list[Doc]:
    """The rows of a child doctype, which are stored within the documents that own them."""
    return [
        row
        for owner in site.doctypes.values()
        for field in owner.tables
        if field.options == kind.name
        for document in site.database.rows(owner.name)
        for row in document[field.fieldname]
    ]


def _decoded(raw: Any) -> Any:
    if not isinstance(raw, str):
        return raw
    try:
        return json.loads(raw)
    except ValueError:
        return [part.strip() for part in raw.split(",") if part.strip()]


def _from_pair(fieldname: str, value: Any) -> Condition:
    if isinstance(value, list):
        return Condition(fieldname, str(value[0]), value[1])
    return Condition(fieldname, "=", value)


def _require_column(kind: DocType, fieldname: str) -> None:
    if fieldname in STANDARD_FIELDS or (kind.istable and fieldname in CHILD_FIELDS):
        return
    if fieldname not in {field.fieldname for field in kind.columns}:
        raise invalid("DataError", f"Field not permitted in query: {fieldname}")


def _require_field(site: "Site", kind: DocType, text: str) -> None:
    column = str(text).partition(" as ")[0]
    child = _CHILD_COLUMN.match(column)
    if child is not None and child["child"] != kind.name:
        _require_column(site.doctype(child["child"]), child["column"])
    elif child is None and column != "*":
        _require_column(kind, _bare(column))


def _bare(column: str) -> str:
    return column.replace("`", "").rpartition(".")[2]


def _order(kind: DocType, order_by: str) -> list[tuple[str, bool]]:
    parts = [part.replace("`", "").split() for part in order_by.split(",") if part.strip()]
    order = [(words[0].rpartition(".")[2], words[-1].lower() == "desc") for words in parts]
    for fieldname, _ in order:
        _require_column(kind, fieldname)
    return order


def _sort_key(value: Any) -> tuple[bool, Any]:
    return (value is None, "" if value is None else value)  # NULLS LAST, as PostgreSQL sorts


def _lines(kind: DocType, row: Doc, fields: tuple[str, ...]) -> list[Doc]:
    """One row, or one for each child row when a child's column is asked for (a left join)."""
    lines: list[Doc] = [{}]
    for text in fields:
        column, _, alias = str(text).partition(" as ")
        child = _CHILD_COLUMN.match(column)
        if child is None:
            own = _own_columns(kind, row, column, alias)
            lines = [{**line, **own} for line in lines]
        else:
            cells = _child_cells(kind, row, child["child"], child["column"])
            lines = [{**line, alias or child["column"]: cell} for line in lines for cell in cells]
    return lines


def _own_columns(kind: DocType, row: Doc, column: str, alias: str) -> Doc:
    if column == "*":
        of = CHILD_FIELDS if kind.istable else ()
        names = (*STANDARD_FIELDS, *of, *(field.fieldname for field in kind.columns))
        return {name: row.get(name) for name in names}
    bare = _bare(column)
    return {alias or bare: row.get(bare)}


def _child_cells(kind: DocType, row: Doc, child: str, column: str) -> list[Any]:
    if child == kind.name:
        return [row.get(column)]
    tables = [field.fieldname for field in kind.tables if field.options == child]
    return [entry.get(column) for name in tables for entry in row[name]] or [None]


def _meets(row: Doc, condition: Condition) -> bool:
    found, wanted = row.get(condition.fieldname), condition.value
    operator = condition.operator.lower()
    if operator == "is":
        return bool((found in (None, "")) == (wanted == "not set"))
    test = _OPERATORS.get(operator)
    if test is None:
        raise invalid("ValidationError", f"Operator must be one of {', '.join(_OPERATORS)}")
    return test(_comparable(found, wanted), wanted)


def _comparable(found: Any, wanted: Any) -> Any:
    if found is None:
        return 0 if isinstance(wanted, int | float) else ""  # Frappe's ifnull()
    return str(found) if isinstance(wanted, str) and not isinstance(found, str) else found


def _like(found: Any, pattern: Any) -> bool:
    words = re.escape(str(pattern)).replace("%", ".*").replace("_", ".")
    return re.fullmatch(words, str(found), re.IGNORECASE | re.DOTALL) is not None


def _listed(found: Any, wanted: Any) -> bool:
    return found in (wanted if isinstance(wanted, list) else str(wanted).split(","))


_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": lambda found, wanted: found == wanted,
    "!=": lambda found, wanted: found != wanted,
    ">": lambda found, wanted: found > wanted,
    "<": lambda found, wanted: found < wanted,
    ">=": lambda found, wanted: found >= wanted,
    "<=": lambda found, wanted: found <= wanted,
    "in": _listed,
    "not in": lambda found, wanted: not _listed(found, wanted),
    "like": _like,
    "not like": lambda found, wanted: not _like(found, wanted),
    "between": lambda found, wanted: wanted[0] <= found <= wanted[1],
}
