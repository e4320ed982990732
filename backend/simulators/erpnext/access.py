"""Who asks, and whether the site answers at all: tokens, rate limit, maintenance, Host."""

import base64
import binascii
from typing import TYPE_CHECKING, Final

from backend.simulators.erpnext.calls import Call
from backend.simulators.erpnext.errors import FrappeError, Reply, unauthenticated
from backend.simulators.erpnext.faults import session_stopped

if TYPE_CHECKING:
    from backend.simulators.erpnext.site import Site

GUEST: Final = "Guest"
LONGEST_REQUEST_LINE: Final = 4094  # gunicorn's limit_request_line
_PLAIN_PAGE: Final = """<html>
  <head>
    <title>{title}</title>
  </head>
  <body>
    <h1><p>{title}</p></h1>
    {words}
  </body>
</html>
"""
# Server seconds that one request costs the site's budget; the measured CPU time of each kind.
_COST_S: Final = {"GET": 0.03, "POST": 0.043}
_WRITE_COST_S: Final = 0.079


def closed(site: "Site", call: Call) -> Reply | FrappeError | None:
    """The answer of a site that does not serve this request at all, or None."""
    if call.line_length > LONGEST_REQUEST_LINE:
        return gunicorn_page(400, "Bad Request", "Request Line is too large")
    if site.host is not None and call.host != site.host:
        return werkzeug_page(404, "Not Found", f"{call.host} does not exist.")
    if site.maintenance:
        html = "text/html" in call.accept
        return gunicorn_page(500, "Internal Server Error") if html else session_stopped()
    if site.database_down:
        return FrappeError(500, "OperationalError", module="")
    return None


def authenticate(site: "Site", authorization: str) -> str:
    """The user of an Authorization header; Guest without one, AuthenticationError (401) for any
    header that names nobody. A disabled user's token still works (recorded; newer Frappe
    refuses it: `Site.refuse_disabled`)."""
    if not authorization:
        return GUEST
    key, _, secret = _key_and_secret(authorization).partition(":")
    for row in site.database.rows("User"):
        if key and (row["api_key"], row["api_secret"]) == (key, secret):
            return _active(site, row["name"], enabled=bool(row["enabled"]))
    raise unauthenticated()


def charge(site: "Site", method: str) -> dict[str, str]:
    """Take the request's cost from the site's budget; returns the headers that tell of it, and
    raises TooManyRequestsError (429) when the window's budget is used up."""
    limit = site.rate_limit
    if limit is None:
        return {}
    now = site.now().timestamp()
    window = now // limit.window_s
    used = site.rate_used[1] if site.rate_used[0] == window else 0.0
    reset = int((window + 1) * limit.window_s - now) + 1
    told = {
        "X-RateLimit-Limit": str(int(limit.limit_s * 1_000_000)),
        "X-RateLimit-Remaining": str(int(max(limit.limit_s - used, 0) * 1_000_000)),
        "X-RateLimit-Reset": str(reset),
    }
    if used >= limit.limit_s:
        raise TooManyRequests({**told, "Retry-After": str(reset)})
    site.rate_used = (window, used + _COST_S.get(method, _WRITE_COST_S))
    return told


class TooManyRequests(FrappeError):
    """The budget of the window is used up; `headers` say until when."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__(429, "TooManyRequestsError")
        self.headers = headers


def gunicorn_page(status: int, title: str, words: str = "") -> Reply:
    """The page of the web server itself."""
    body = _PLAIN_PAGE.format(title=title, words=words)
    return Reply(status, body.encode(), "text/html", headers={"Connection": "close"}, session=False)


def werkzeug_page(status: int, title: str, words: str) -> Reply:
    """The page of the web framework; `words` are HTML."""
    head = f"<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n"
    body = f"{head}<h1>{title}</h1>\n<p>{words}</p>\n"
    return Reply(status, body.encode(), "text/html; charset=utf-8", session=False)


def _key_and_secret(authorization: str) -> str:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "token":
        return rest.strip()
    if scheme.lower() != "basic":
        raise unauthenticated()
    try:
        return base64.b64decode(rest, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise unauthenticated() from None


def _active(site: "Site", user: str, *, enabled: bool) -> str:
    if site.refuse_disabled and not enabled:
        raise unauthenticated()
    site.write_silently("User", user, last_active=site.local_now())
    return user
