"""The document routes of both API versions."""

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from backend.simulators.erpnext import permissions, writing
from backend.simulators.erpnext.asks import Ask
from backend.simulators.erpnext.errors import Reply, encode
from backend.simulators.erpnext.presenting import meta, present
from backend.simulators.erpnext.query import matching, parse_filters, parse_query, select_rows

Handler = Callable[[Ask], Any]


class Route(NamedTuple):
    """A path pattern (groups: doctype, name) and its handler for each method."""

    pattern: re.Pattern[str]
    handlers: dict[str, Handler]


def find(method: str, path: str) -> tuple[Handler, str, str] | None:
    """The handler of a document route with the doctype and name in the path, or None."""
    for route in ROUTES:
        match = route.pattern.fullmatch(path)
        if match and method in route.handlers:
            return route.handlers[method], match["doctype"], match.groupdict().get("name") or ""
    return None


def answer(handler: Handler, ask: Ask) -> Reply:
    """Run a document route; Frappe answers 202 to a DELETE."""
    payload = handler(ask)
    return Reply(202 if ask.call.method == "DELETE" else 200, encode({"data": payload}))


def list_documents(ask: Ask) -> Any:
    """A page of rows; 20 unless the request says otherwise."""
    kind = ask.site.doctype(ask.doctype)
    permissions.require(ask.site, ask.user, ask.doctype, "read")
    return select_rows(ask.site, kind, parse_query(ask.args))


def count_documents(ask: Ask) -> Any:
    """How many rows meet the filters."""
    kind = ask.site.doctype(ask.doctype)
    permissions.require(ask.site, ask.user, ask.doctype, "read")
    return len(matching(ask.site, kind, tuple(parse_filters(ask.args.get("filters")))))


def show_meta(ask: Ask) -> Any:
    """The definition of a doctype: any user may read it (recorded)."""
    return meta(ask.site, ask.site.doctype(ask.doctype))


def read_document(ask: Ask) -> Any:
    """One document with its child rows."""
    doc = ask.site.document(ask.doctype, ask.name)
    permissions.require(ask.site, ask.user, ask.doctype, "read", ask.name)
    return present(ask.site, ask.doctype, doc)


def create_document(ask: Ask) -> Any:
    """A new document, or a child row that does not touch its parent's `modified`."""
    if ask.site.doctype(ask.doctype).istable:
        return present(
            ask.site,
            ask.doctype,
            writing.insert_row(ask.site, ask.session, ask.doctype, ask.call.body),
        )
    permissions.require(ask.site, ask.user, ask.doctype, "create")
    return present(
        ask.site, ask.doctype, writing.insert(ask.site, ask.session, ask.doctype, ask.call.body)
    )


def update_document(ask: Ask) -> Any:
    """Overlay what was sent and save."""
    return present(
        ask.site,
        ask.doctype,
        writing.update(ask.site, ask.session, ask.doctype, ask.name, ask.call.body),
    )


def delete_document(ask: Ask) -> Any:
    """Delete; the answer is the word ok."""
    writing.delete(ask.site, ask.session, ask.doctype, ask.name)
    return "ok"


def _route(path: str, **handlers: Handler) -> Route:
    pattern = path.replace("<doctype>", "(?P<doctype>[^/]+)").replace("<name>", "(?P<name>.+)")
    return Route(re.compile(pattern), handlers)


_COLLECTION: Final = {"GET": list_documents, "POST": create_document}
_DOCUMENT: Final = {
    "GET": read_document,
    "PUT": update_document,
    "DELETE": delete_document,
}
ROUTES: Final = (
    _route("/api/(?:v1/)?resource/<doctype>", **_COLLECTION),
    _route("/api/(?:v1/)?resource/<doctype>/<name>", **_DOCUMENT),
    _route("/api/v2/document/<doctype>", **_COLLECTION),
    _route("/api/v2/document/<doctype>/<name>", **_DOCUMENT, PATCH=update_document),
    _route("/api/v2/doctype/<doctype>/count", GET=count_documents),
    _route("/api/v2/doctype/<doctype>/meta", GET=show_meta),
)
