"""Turns every exception into an answer: JSON for the API, a page for people, never a traceback."""

import secrets
import traceback
from html import escape
from pathlib import Path
from typing import Any, Final

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap

from backend.auth.staff import LoginNeeded
from backend.errors import AppError
from backend.log import log

_CODES: Final = {
    400: "unreadable",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "media-type",
    429: "slow-down",
}
RETRY_AFTER_S: Final = {429: 60, 503: 5}
# Pages are for technicians ("tu"), but for what anybody may meet.
_WORDS: Final = {
    "not-found": ("Cette page n'existe pas.", "This page does not exist."),
    "slow-down": (
        "Trop d'essais. Réessayez dans une minute.",
        "Too many tries. Try again in a minute.",
    ),
    "foreign-origin": (
        "Ouvre ton lien directement dans le navigateur, puis réessaie.",
        "Open your link directly in the browser, then try again.",
    ),
    "not-staff": (
        "Le tableau est réservé au bureau. Ouvrez-le par le portail de l'entreprise.",
        "The board is for the office. Open it through the company's portal.",
    ),
    "not-permitted": (
        "Votre rôle ne permet pas cette action.",
        "Your role does not allow this.",
    ),
    "not-built": (
        "L'application n'est pas installée sur ce serveur.",
        "The app is not installed on this server.",
    ),
    "not-printed": (
        "Le PDF ne peut pas être fait maintenant. La page du rapport s'imprime quand même.",
        "The PDF cannot be made now. The page of the report can be printed all the same.",
    ),
    "busy": ("Le serveur est occupé. Réessaie.", "The server is busy. Try again."),
}
_REFUSED: Final = ("Cette demande n'est pas acceptée.", "This request is not accepted.")
_FAILED: Final = (
    "Quelque chose n'a pas marché de notre côté. Rien n'est perdu sur l'appareil.",
    "Something failed on our side. Nothing on the device is lost.",
)
_STACK_FRAMES: Final = 6


def exception_handlers(office_phone: str) -> ExceptionHandlersMap:
    """What the app answers to every exception; pages for people name the office's phone number."""

    def app_error(request: Request[Any, Any, Any], error: AppError) -> Response[Any]:
        if isinstance(error, LoginNeeded) and _is_navigation(request):
            return Redirect("/board/login", status_code=303)
        return answer(request, error.status, error.code, error.reason, office_phone)

    def http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        if error.status_code >= 500:
            return unexpected(request, error)
        code = _CODES.get(error.status_code, "error")
        return answer(request, error.status_code, code, "", office_phone)

    def unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        return answer(request, 500, "error", _logged(request, error), office_phone)

    return {AppError: app_error, HTTPException: http_error, Exception: unexpected}


def answer(
    request: Request[Any, Any, Any], status: int, code: str, reason: str, office_phone: str
) -> Response[Any]:
    """`{"error", "reason"}` for the API, a page in both languages for people."""
    headers = {"Retry-After": str(RETRY_AFTER_S[status])} if status in RETRY_AFTER_S else {}
    if not _is_page(request):
        body = {"error": code, "reason": reason}
        return Response(body, status_code=status, headers=headers, media_type=MediaType.JSON)
    french, english = _WORDS.get(code, _FAILED if status >= 500 else _REFUSED)
    note = f"<p>{escape(reason)}</p>" if status >= 500 and reason else ""
    page = plain_page(french, english, office_phone, note)
    return Response(page, status_code=status, headers=headers, media_type=MediaType.HTML)


def plain_page(french: str, english: str, office_phone: str, note: str = "") -> str:
    """A page without style or script, for when nothing else may be relied on; `note` is HTML."""
    phone = escape(office_phone)
    return (
        '<!doctype html><html lang="fr"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Terrain</title><p>{escape(french)}</p>"
        f'<p lang="en">{escape(english)}</p>'
        f'<p>Bureau / Office: <a href="tel:{phone}">{phone}</a></p>{note}</html>'
    )


def _is_page(request: Request[Any, Any, Any]) -> bool:
    path = request.scope["path"]
    return path == "/t" or path.startswith("/t/") or _is_navigation(request)


def _is_navigation(request: Request[Any, Any, Any]) -> bool:
    """Somebody typed the address or followed a link: scripts and machines do not ask for HTML."""
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def _logged(request: Request[Any, Any, Any], error: Exception) -> str:
    """Log where it failed; gives the correlation id.

    Not the message nor the path: a database error's message holds the statement's values, and
    the path may hold a token.
    """
    correlation = secrets.token_hex(8)
    frames = traceback.extract_tb(error.__traceback__)[-_STACK_FRAMES:]
    log.error(
        "request failed",
        extra={
            "correlation": correlation,
            "route": request.scope.get("path_template", ""),
            "kind": type(error).__name__,
            "where": [f"{Path(each.filename).name}:{each.lineno}" for each in frames],
        },
    )
    return correlation
