"""An empty site: the framework's own doctypes, the usual roles, and how to add doctypes."""

from collections.abc import Callable, Iterable
from datetime import datetime

from backend.simulators.erpnext.core_doctypes import CORE_DOCTYPES
from backend.simulators.erpnext.schema import RIGHTS, Doc, DocType, Field
from backend.simulators.erpnext.site import Site


def empty_site(now: Callable[[], datetime], seed: int, roles: Iterable[str]) -> Site:
    """A site that has just been installed, with these roles beside the standard ones."""
    site = Site(now=now, seed=seed)
    site.define(CORE_DOCTYPES)
    for role in ("All", "Guest", "System Manager", *roles):
        site.seed_document("Role", role_name=role)
    install(site, CORE_DOCTYPES)
    return site


def install(site: Site, doctypes: Iterable[DocType]) -> None:
    """Add doctypes, each with its DocType document."""
    for kind in doctypes:
        site.seed_document("DocType", **_document(kind))


def add_user(site: Site, email: str, first_name: str, roles: Iterable[str]) -> None:
    """A system user with an API key and secret, as `user_token` gives them."""
    site.seed_document(
        "User",
        email=email,
        first_name=first_name,
        send_welcome_email=0,
        api_key=site.new_id(15),
        api_secret=site.new_id(15),
        roles=[{"role": role} for role in roles],
    )


def _document(kind: DocType) -> Doc:
    return {
        "name": kind.name,
        "autoname": kind.autoname,
        "istable": int(kind.istable),
        "issingle": int(kind.issingle),
        "fields": [_field_row(field) for field in kind.fields],
        "permissions": [
            {"role": row.role, **{right: int(right in row.rights) for right in RIGHTS}}
            for row in kind.permissions
        ],
    }


def _field_row(field: Field) -> Doc:
    return {
        "fieldname": field.fieldname,
        "fieldtype": field.fieldtype,
        "label": field.label,
        "options": field.options,
        "reqd": int(field.reqd),
        "unique": int(field.unique),
        "read_only": int(field.read_only),
        "default": field.default,
    }
