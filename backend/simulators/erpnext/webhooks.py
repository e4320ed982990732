"""What the site's webhooks would send after a commit, signed as Frappe signs it.

The deliveries are kept, not sent: whoever runs the simulator carries them.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from backend.simulators.erpnext.database import Write
from backend.simulators.erpnext.schema import Doc

if TYPE_CHECKING:
    from backend.simulators.erpnext.site import Site

KEPT: Final = 1000
# Frappe evaluates any Python; of conditions this simulator knows the one against echoes.
_NOT_BY: Final = re.compile(r'doc\.modified_by != "(?P<user>[^"]+)"')
_PLACE: Final = re.compile(r"\{\{ *doc\.(?P<field>\w+) *(?P<quoted>\| *tojson)? *\}\}")
_EVENTS: Final = {
    "insert": frozenset({"after_insert", "on_update"}),
    "update": frozenset({"on_update", "on_change"}),
    "delete": frozenset({"on_trash"}),
}


class Delivery(NamedTuple):
    """One request as it would be posted."""

    url: str
    headers: dict[str, str]
    body: bytes


def deliveries(site: "Site", writes: Iterable[Write]) -> Iterator[Delivery]:
    """One a document, webhook and transaction (recorded), of the last state of the document."""
    last: dict[tuple[str, str], Write] = {}
    for write in writes:
        first = last.get((write.doctype, write.name), write)
        last[write.doctype, write.name] = write._replace(before=first.before)
    for write in last.values():
        for hook in site.database.rows("Webhook"):
            if hook["enabled"] and _fires(hook, write):
                yield _delivery(hook, write)


def _fires(hook: Doc, write: Write) -> bool:
    action = "delete" if write.after is None else "update" if write.before else "insert"
    doc = write.after or write.before or {}
    excepted = _NOT_BY.fullmatch(hook.get("condition") or "")
    return (
        hook["webhook_doctype"] == write.doctype
        and hook["webhook_docevent"] in _EVENTS[action]
        and not (excepted and doc.get("modified_by") == excepted["user"])
    )


def _delivery(hook: Doc, write: Write) -> Delivery:
    doc = {"doctype": write.doctype, **(write.after or write.before or {})}

    def filled(place: re.Match[str]) -> str:
        value = doc.get(place["field"])
        return json.dumps(value) if place["quoted"] else str(value)

    body = json.dumps(json.loads(_PLACE.sub(filled, hook["webhook_json"]))).encode()
    told = {row["key"]: row["value"] for row in hook["webhook_headers"]}
    signed = hmac.digest(str(hook["webhook_secret"]).encode(), body, hashlib.sha256)
    signature = {"X-Frappe-Webhook-Signature": base64.b64encode(signed).decode()}
    return Delivery(hook["request_url"], {**told, **signature}, body)
