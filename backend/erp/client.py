"""Speaks ERPNext's REST interface: typed answers, two errors, no retries, nothing in the log.

Errors are decided on the status and `exc_type` alone; messages are translated and hold HTML.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, Literal, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from backend.erp.answers import BulkAnswer, error_class, failure, read_answer
from backend.erp.meta import Meta
from backend.errors import Refused, Unavailable

CONNECT_TIMEOUT_S: Final = 5.0
ANSWER_TIMEOUT_S: Final = 30.0
PAGE: Final = 200
INSERT_MANY: Final = 200

Document = dict[str, Any]
T = TypeVar("T")
Filter = tuple[str, str, Any]
Upload = tuple[str, bytes, str]  # file name, content, media type
Form = tuple[Mapping[str, str], Upload]


class Outcome(StrEnum):
    """An expected answer that is no document."""

    NOT_FOUND = "not-found"
    STALE = "stale"
    DUPLICATE = "duplicate"


class AuthFailed(Unavailable):
    """Our credentials are not accepted: every call would fail alike until somebody acts."""


_OUTCOMES: Final = {
    (404, "DoesNotExistError"): Outcome.NOT_FOUND,
    (417, "TimestampMismatchError"): Outcome.STALE,
    (417, "DocumentLockedError"): Outcome.STALE,  # a job of the site is at work on it
    (417, "UniqueValidationError"): Outcome.DUPLICATE,
    (409, "DuplicateEntryError"): Outcome.DUPLICATE,
}


def open_http(
    url: str,
    token: str | Callable[[], str],
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """A connection pool to the site at `url` with an API token `key:secret`, or what reads it for
    every request, so that a new one counts at once; close it after use.

    `Accept` matters: without it the site answers errors as HTML.
    """
    fixed = {"Authorization": f"token {token}"} if isinstance(token, str) else {}
    return httpx.AsyncClient(
        base_url=url,
        headers={**fixed, "Accept": "application/json"},
        auth=None if isinstance(token, str) else partial(_sign, token),
        timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
        transport=transport,
        # The site hands out a guest's session cookie with each answer: never send it back.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
    )


def _sign(token: Callable[[], str], request: httpx.Request) -> httpx.Request:
    try:
        request.headers["Authorization"] = f"token {token()}"
    except (OSError, ValueError) as error:
        raise AuthFailed("token-unreadable") from error
    return request


class ErpClient:
    """ERPNext as the service user sees it.

    Every method raises Unavailable (AuthFailed when the token is refused) or Refused, and gives
    an Outcome where one is expected.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._children: dict[str, dict[str, str]] = {}

    async def whoami(self) -> str:
        """The user of the token. Unlike `ping`, which answers anybody, this proves the token."""
        return await self._message("frappe.auth.get_logged_user", str)

    async def versions(self) -> dict[str, str]:
        """The installed apps and their versions."""
        kind = dict[str, dict[str, Any]]
        apps = await self._message("frappe.utils.change_log.get_versions", kind)
        return {name: str(app.get("version", "")) for name, app in apps.items()}

    async def time_zone(self) -> str:
        """The site's time zone by its IANA name: that of every datetime there."""
        answer = await self._message("frappe.client.get_time_zone", dict[str, str])
        return answer.get("time_zone", "")

    async def get_doc(self, doctype: str, name: str) -> Document | Literal[Outcome.NOT_FOUND]:
        """A whole document with its child tables."""
        answer = await self._call("GET", _path(doctype, name))
        if answer is Outcome.NOT_FOUND:
            return answer
        return _data(answer, dict[str, Any])

    async def list_docs(
        self,
        doctype: str,
        fields: Sequence[str],
        filters: Sequence[Filter] = (),
        order_by: str = "modified asc, name asc",
        start: int = 0,
        limit: int = PAGE,
    ) -> list[Document]:
        """One page of rows, without child tables."""
        params = {
            "fields": msgspec.json.encode(fields).decode(),
            "filters": msgspec.json.encode(filters).decode(),
            "order_by": order_by,
            "limit_start": str(start),
            "limit_page_length": str(limit),
        }
        answer = await self._call("GET", _path(doctype), params=params)
        return _data(answer, list[dict[str, Any]])

    async def list_all(
        self,
        doctype: str,
        fields: Sequence[str],
        filters: Sequence[Filter],
        order_by: str = "name asc",
        parent: str = "",
    ) -> list[Document]:
        """Every row that the filters leave, by POST: they may be longer than an address.

        `parent` is the doctype whose child rows `doctype` are; it gives the right to read them.
        """
        asked: Document = {
            "doctype": doctype,
            "fields": fields,
            "filters": filters,
            "order_by": order_by,
            "limit_page_length": 0,
        }
        body = asked | ({"parent": parent} if parent else {})
        answer = await self._call("POST", "/api/method/frappe.client.get_list", body=body)
        return _data(answer, list[dict[str, Any]], "message")

    async def child_doctypes(self, doctype: str) -> dict[str, str]:
        """By field that is a child table: the doctype of its rows, asked for once."""
        if doctype in self._children:
            return self._children[doctype]
        meta = await self.meta(doctype)
        if isinstance(meta, Outcome):
            raise Refused(meta.value)
        found = {field.fieldname: field.options or "" for field in meta.fields if field.is_table}
        return self._children.setdefault(doctype, found)

    async def meta(self, doctype: str) -> Meta | Literal[Outcome.NOT_FOUND]:
        """A doctype's definition, which any user may read."""
        answer = await self._call("GET", f"/api/v2/doctype/{quote(doctype, safe='')}/meta")
        return answer if answer is Outcome.NOT_FOUND else _data(answer, Meta)

    async def put(
        self, doctype: str, name: str, changes: Mapping[str, Any], modified: str
    ) -> Document | Literal[Outcome.NOT_FOUND, Outcome.STALE, Outcome.DUPLICATE]:
        """Change fields of the document that was last read as `modified`, the exact text.

        Without it the site checks nothing and the last writer wins. A 200 does not prove that
        each field was kept: unknown ones are dropped in silence.
        """
        body = {**changes, "modified": modified}
        answer = await self._call("PUT", _path(doctype, name), body=body)
        return answer if isinstance(answer, Outcome) else _data(answer, dict[str, Any])

    async def bulk_update(
        self, doctype: str, changes: Mapping[str, tuple[Mapping[str, Any], str]]
    ) -> frozenset[str]:
        """Change many documents, each as `put` does: by name the fields and the read `modified`.

        Gives the names of those that failed; why, only a `put` of each can tell: the site answers
        200 with tracebacks. The others are no receipt either.
        """
        docs = [
            {"doctype": doctype, "docname": name, "modified": modified, **fields}
            for name, (fields, modified) in changes.items()
        ]
        body = {"docs": msgspec.json.encode(docs).decode()}
        answer = await self._call("POST", "/api/method/frappe.client.bulk_update", body=body)
        failed = _data(answer, BulkAnswer, "message").failed_docs
        return frozenset(each.doc.docname for each in failed)

    async def insert(
        self, doctype: str, document: Mapping[str, Any]
    ) -> Document | Literal[Outcome.DUPLICATE]:
        """Create a document. Only names of the kinds UUID, prompt and `field:` are kept."""
        answer = await self._call("POST", _path(doctype), body=document)
        if answer is Outcome.DUPLICATE:
            return answer
        return _data(answer, dict[str, Any])

    async def insert_many(
        self, documents: Sequence[Mapping[str, Any]]
    ) -> list[str] | Literal[Outcome.DUPLICATE]:
        """Create up to INSERT_MANY documents (each with its `doctype`), all or none."""
        path = "/api/method/frappe.client.insert_many"
        answer = await self._call("POST", path, body={"docs": documents})
        if answer is Outcome.DUPLICATE:
            return answer
        return _data(answer, list[str], "message")

    async def upload(self, file: Upload, doctype: str, name: str) -> Document:
        """Attach a private file. The site checks neither the document nor our right on it, and
        makes another file each time."""
        target = {"is_private": "1", "doctype": doctype, "docname": name}
        path = "/api/method/upload_file"
        return _data(await self._call("POST", path, form=(target, file)), dict[str, Any], "message")

    async def _message(self, method: str, kind: type[T]) -> T:
        answer = await self._call("GET", f"/api/method/{method}")
        return _data(answer, kind, "message")

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Form | None = None,
    ) -> bytes | Outcome:
        response = await self._send(method, path, params, body, form)
        if response.status_code == 200 and _is_json(response):
            return response.content
        kind = error_class(response.content) if _is_json(response) else ""
        if outcome := _OUTCOMES.get((response.status_code, kind)):
            return outcome
        if response.status_code == 403 and kind and not path.endswith("get_logged_user"):
            # A refused token and a refused document look alike: who we are tells them apart.
            await self.whoami()
        raise _failure(response, kind)

    async def _send(
        self, method: str, path: str, params: dict[str, str] | None, body: Any, form: Any = None
    ) -> httpx.Response:
        content = None if body is None else msgspec.json.encode(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        parts: Any = {"data": form[0], "files": {"file": form[1]}} if form else {}
        try:
            return await self._http.request(
                method, path, params=params, content=content, headers=headers, **parts
            )
        except httpx.TimeoutException as error:
            raise Unavailable("timeout") from error
        except httpx.RequestError as error:
            raise Unavailable("connection") from error


def _failure(response: httpx.Response, kind: str) -> Unavailable | Refused:
    status, is_json = response.status_code, _is_json(response)
    is_probe = response.url.path.endswith("get_logged_user")
    if is_json and (status == 401 or (status == 403 and is_probe)):
        return AuthFailed(kind or f"http-{status}")
    return failure(status, kind if is_json else None, _retry_after(response))


def _is_json(response: httpx.Response) -> bool:
    return bool(response.headers.get("Content-Type", "").startswith("application/json"))


def _retry_after(response: httpx.Response) -> float | None:
    wish = response.headers.get("Retry-After", "")
    return float(wish) if wish.isascii() and wish.isdigit() else None


def _data(answer: bytes | Outcome, kind: type[T], key: str = "data") -> T:
    if isinstance(answer, Outcome):
        raise Refused(answer.value)
    return read_answer(answer, kind, key)


def _path(doctype: str, name: str | None = None) -> str:
    parts = [doctype] if name is None else [doctype, name]
    return "/api/resource/" + "/".join(quote(part, safe="") for part in parts)
