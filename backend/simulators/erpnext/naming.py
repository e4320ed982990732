"""How a new document gets its name, by the `autoname` of its doctype."""

import re
import uuid
from typing import TYPE_CHECKING, Final

from backend.simulators.erpnext.errors import FrappeError, invalid
from backend.simulators.erpnext.schema import Doc, DocType

if TYPE_CHECKING:
    from backend.simulators.erpnext.site import Site

SERIES: Final = "Series"
_COUNTER: Final = re.compile(r"\{(#+)\}")


def new_name(site: "Site", doctype: DocType, sent: Doc) -> str:
    """The name of a document about to be inserted.

    A name sent by the client counts for `UUID` and `prompt`, is implied by `field:`, and is
    ignored for `format:` and random names (recorded).
    """
    rule = doctype.autoname
    wanted = sent.get("__newname") or sent.get("name")
    if rule.startswith("format:"):
        return _next_in_series(site, rule.removeprefix("format:"), sent)
    if rule.startswith("field:"):
        return _from_field(doctype, sent, rule.removeprefix("field:"))
    if rule == "UUID":
        return _uuid(site, wanted)
    return _prompted(wanted) if rule.lower() == "prompt" else site.new_id()


def _next_in_series(site: "Site", pattern: str, sent: Doc) -> str:
    counter = _COUNTER.search(pattern)
    if counter is None:
        return pattern.format(**sent)
    key = pattern[: counter.start()]
    current = (site.database.get(SERIES, key) or {"current": 0})["current"] + 1
    site.database.put(SERIES, key, {"name": key, "current": current})
    digits = str(current).zfill(len(counter.group(1)))
    return f"{key}{digits}{pattern[counter.end() :]}"


def _from_field(doctype: DocType, sent: Doc, fieldname: str) -> str:
    value = str(sent.get(fieldname) or "").strip()
    if not value:
        field = doctype.field(fieldname)
        title = field.title if field else fieldname
        raise invalid("ValidationError", f"{title} is required")
    return value


def _uuid(site: "Site", wanted: object) -> str:
    if not wanted:
        return str(uuid.UUID(hex=site.new_id(32), version=4))
    try:
        return str(uuid.UUID(str(wanted)))
    except ValueError:
        text = f"Invalid value specified for UUID: {wanted}"
        raise FrappeError(417, "InvalidUUIDValue", text, module="frappe.model.naming") from None


def _prompted(wanted: object) -> str:
    if not wanted:
        raise invalid("ValidationError", "Please set the document name")
    return str(wanted)
