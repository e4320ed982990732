"""One request as the site sees it, whatever server carried it."""

import json
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile

from backend.simulators.erpnext.schema import Doc


class Upload(msgspec.Struct, frozen=True):
    """A file of a multipart form."""

    filename: str
    content: bytes


class Call(msgspec.Struct, frozen=True):
    """`args` is everything sent (query, form, JSON), `body` only what the body held."""

    method: str
    path: str
    host: str = ""
    authorization: str = ""
    accept: str = ""
    line_length: int = 0
    args: Doc = {}
    body: Doc = {}
    upload: Upload | None = None


async def read_call(request: Request[Any, Any, Any]) -> Call:
    """Read the whole request."""
    body, upload = await _body(request)
    query = {key: values[-1] for key, values in request.query_params.dict().items()}
    raw_path = request.scope["raw_path"] + b"?" + request.scope["query_string"]
    return Call(
        request.method,
        request.scope["path"],
        host=request.headers.get("host", "").partition(":")[0],
        authorization=request.headers.get("authorization", ""),
        accept=request.headers.get("accept", ""),
        line_length=len(raw_path),
        args={**query, **body},
        body=body,
        upload=upload,
    )


async def _body(request: Request[Any, Any, Any]) -> tuple[Doc, Upload | None]:
    kind = request.headers.get("content-type", "")
    if kind.startswith(("multipart/form-data", "application/x-www-form-urlencoded")):
        return await _form(request)
    return _json(await request.body()), None


async def _form(request: Request[Any, Any, Any]) -> tuple[Doc, Upload | None]:
    form = await request.form()
    fields: Doc = {k: v for k, v in form.items() if not isinstance(v, UploadFile)}
    upload = form.get("file")
    if not isinstance(upload, UploadFile):
        return {**fields, **_json(fields.get("data", ""))}, None
    return fields, Upload(upload.filename, await upload.read())


def _json(raw: bytes | str) -> Doc:
    try:
        sent = json.loads(raw)
    except ValueError:
        return {}
    return sent if isinstance(sent, dict) else {}
