"""One admitted request: the site, the caller, what was sent, and the document it is about."""

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from backend.simulators.erpnext.calls import Call
from backend.simulators.erpnext.schema import Doc

if TYPE_CHECKING:
    from backend.simulators.erpnext.site import Session, Site


class Ask(NamedTuple):
    """`doctype` and `name` are those of a document route's path."""

    site: "Site"
    session: "Session"
    call: Call
    doctype: str = ""
    name: str = ""

    @property
    def user(self) -> str:
        """Who asks."""
        return self.session.user

    @property
    def args(self) -> Doc:
        """Everything that was sent, by name."""
        return self.call.args

    def on(self, args: Doc) -> "Ask":
        """The same caller, asking with other arguments."""
        return self._replace(call=msgspec.structs.replace(self.call, args=args))
