"""Asks an ERPNext site about itself: its clock, its doctypes, our rights, and by a provisioning
token its settings.
"""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from backend.erp.answers import read_answer
from backend.erp.client import ErpClient, Outcome
from backend.errors import Refused


class SiteClient(ErpClient):
    """What `terrain erp check` and `terrain erp install` need beyond documents."""

    async def date(self) -> datetime | None:
        """The site's clock to the second, None when its web server does not tell."""
        response = await self._send("GET", "/api/method/ping", None, None)
        try:
            return parsedate_to_datetime(response.headers.get("Date", ""))
        except ValueError:
            return None

    async def may(self, right: str, doctype: str, name: str = "") -> bool:
        """Whether we have a right (`write`, `create`, `delete`) on a document, or on its kind."""
        params = {"doctype": doctype, "docname": name, "perm_type": right}
        path = "/api/method/frappe.client.has_permission"
        told = await self._call("GET", path, params=params)
        if isinstance(told, Outcome):
            raise Refused(told.value)
        return read_answer(told, dict[str, bool], "message").get("has_permission", False)

    async def run(self, method: str, args: Mapping[str, Any]) -> Any:
        """Call a whitelisted method that writes; gives its `message`, None when it has none."""
        answer = await self._call("POST", f"/api/method/{method}", body=args)
        if isinstance(answer, Outcome):
            raise Refused(answer.value)
        return msgspec.json.decode(answer, type=dict[str, Any]).get("message")
