"""The security headers of every response, errors included."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

# The one policy by which our own scripts may name worker addresses.
TRUSTED_TYPES_POLICY: Final = "terrain"

_ALWAYS: Final = {
    # Not `no-referrer`: a form would send `Origin: null`, and enrolment checks the Origin.
    "Referrer-Policy": "strict-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Robots-Tag": "noindex, nofollow",
}


def security_headers(
    style_hashes: Sequence[str] = (),
) -> Callable[[Message, Scope], Awaitable[None]]:
    """A Litestar `before_send` hook, the one place that errors of the router pass too.

    `style_hashes` ("sha256-...") allow the inline styles that the build wrote. A handler may set
    its own Content-Security-Policy and Cache-Control; without one nothing is stored.
    """
    defaults = {
        "Content-Security-Policy": content_security_policy(style_hashes),
        "Cache-Control": "no-store",
    }

    async def add(message: Message, _scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        for name, value in _ALWAYS.items():
            headers[name] = value
        for name, value in defaults.items():
            headers.setdefault(name, value)

    return add


def sent_file_headers(name: str) -> dict[str, str]:
    """For bytes that somebody sent us, under a file name of ours: never a page, never a script.

    Only the browser that was allowed to see them may keep them; on a phone that changes hands the
    next session's cookie is another (RFC 9111 section 4.1).
    """
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=31536000, immutable",
        "Vary": "Cookie",
    }


def content_security_policy(style_hashes: Sequence[str]) -> str:
    """The policy of our pages: own origin only, no inline script, styles by hash."""
    styles = " ".join(["'self'", *(f"'{each}'" for each in style_hashes)])
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            f"style-src {styles}",
            "img-src 'self' blob: data:",
            "connect-src 'self'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            f"trusted-types {TRUSTED_TYPES_POLICY}",
        )
    )
