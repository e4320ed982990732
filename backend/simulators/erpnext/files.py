"""Uploads and private files."""

import hashlib
import mimetypes
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from backend.simulators.erpnext import writing
from backend.simulators.erpnext.access import GUEST, werkzeug_page
from backend.simulators.erpnext.calls import Call, Upload
from backend.simulators.erpnext.errors import Reply, invalid
from backend.simulators.erpnext.schema import Doc

if TYPE_CHECKING:
    from backend.simulators.erpnext.site import Session, Site

FORBIDDEN: Final = "You don&#39;t have permission to access this file"


def upload(site: "Site", session: "Session", call: Call) -> Doc:
    """Attach a file. Neither permission on the target nor its existence is checked, the parent's
    `modified` stays, and the same bytes again make another File row on the same storage
    (recorded)."""
    sent = call.upload
    if sent is None:
        raise invalid("ValidationError", "There is something wrong with the file")
    private = str(call.args.get("is_private", "0")) == "1"
    url = _store(site, sent, private=private)
    values = _file_values(sent, call.args)
    return writing.insert(
        site, session, "File", {**values, "is_private": int(private), "file_url": url}
    )


def download(site: "Site", user: str, path: str) -> Reply:
    """The bytes of a file; private ones are not for guests."""
    private = path.startswith("/private/")
    if private and user == GUEST:
        return werkzeug_page(403, "Forbidden", FORBIDDEN)
    content = site.files.get(path)
    if content is None:
        return werkzeug_page(404, "Not Found", "The requested URL was not found on the server.")
    return Reply(200, content, mimetypes.guess_type(path)[0] or "application/octet-stream")


def _file_values(sent: Upload, args: Doc) -> Doc:
    return {
        "file_name": sent.filename,
        "file_type": PurePosixPath(sent.filename).suffix.lstrip(".").upper(),
        "file_size": len(sent.content),
        "folder": args.get("folder") or "Home",
        "attached_to_doctype": args.get("doctype"),
        "attached_to_name": args.get("docname"),
        "attached_to_field": args.get("fieldname"),
        "content_hash": _md5(sent.content),
    }


def _store(site: "Site", sent: Upload, *, private: bool) -> str:
    """The address of the bytes: shared by equal contents, and made unique by a piece of the
    hash when another content already has the name."""
    folder = "/private/files" if private else "/files"
    for url, content in site.files.items():
        if content == sent.content and url.startswith(f"{folder}/"):
            return url
    path = PurePosixPath(sent.filename)
    url = f"{folder}/{path.name}"
    if url in site.files:
        url = f"{folder}/{path.stem}{_md5(sent.content)[-6:]}{path.suffix}"
    site.files[url] = sent.content
    return url


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
