"""Who may do what: roles of users, permission rows of doctypes, and the refusals."""

from typing import TYPE_CHECKING, Final

from backend.simulators.erpnext.errors import FrappeError, thrown
from backend.simulators.erpnext.schema import Permission

if TYPE_CHECKING:
    from backend.simulators.erpnext.site import Site

EVERYBODY: Final = "All"


def allowed(site: "Site", user: str, doctype: str, right: str) -> bool:
    """Whether one of the user's roles grants the right on the doctype."""
    if user == "Administrator":
        return True
    roles = roles_of(site, user)
    return any(right in row.rights and row.role in roles for row in rows_of(site, doctype))


def require(site: "Site", user: str, doctype: str, right: str, name: str = "") -> None:
    """Raise PermissionError (403) unless `allowed`; `name` says which document was asked for."""
    if not allowed(site, user, doctype, right):
        raise _on_document(site, user, doctype, right, name) if name else _on_doctype(user, doctype)


def no_permission(doctype: str) -> FrappeError:
    """The other shape of the refusal, of `frappe.client` methods that throw it themselves."""
    text = f"No permission for {doctype}"
    return FrappeError(403, "PermissionError", text, messages=thrown(text))


def roles_of(site: "Site", user: str) -> frozenset[str]:
    """The roles of a user; Guest has only its own."""
    row = site.database.get("User", user)
    if row is None:
        return frozenset({user})
    return frozenset({EVERYBODY, *(entry["role"] for entry in row["roles"])})


def rows_of(site: "Site", doctype: str) -> tuple[Permission, ...]:
    """The rows in force. A single Custom DocPerm puts all standard rows out of force: after it
    even a System Manager is refused (recorded)."""
    custom = [row for row in site.database.rows("Custom DocPerm") if row.get("parent") == doctype]
    if not custom:
        return site.doctype(doctype).permissions
    return tuple(
        Permission(row["role"], frozenset(right for right, on in row.items() if on == 1))
        for row in custom
    )


def _on_doctype(user: str, doctype: str) -> FrappeError:
    message = _lacks_role(user, doctype)
    return FrappeError(
        403,
        "PermissionError",
        messages=({"message": message, "title": "Message"},),
        alert=f"No permission for {doctype}",
    )


def _on_document(site: "Site", user: str, doctype: str, right: str, name: str) -> FrappeError:
    who = f"User <strong>{user}</strong> does not have access to this document"
    message = f"{who}: {doctype} - {name}"
    if not roles_of(site, user) & {row.role for row in rows_of(site, doctype)}:
        message = f"{_lacks_role(user, doctype)}<br>{who}"
    need = f"You need the '{right}' permission on <strong>{doctype}</strong> {name}"
    return FrappeError(
        403,
        "PermissionError",
        messages=({"message": message, "title": "Message"},),
        alert=f"{need} to perform this action.",
    )


def _lacks_role(user: str, doctype: str) -> str:
    words = "does not have doctype access via role permission for document"
    return f"User <strong>{user}</strong> {words} <strong>{doctype}</strong>"
