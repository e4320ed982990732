"""POST /api/erpnext/webhook: ERPNext says which document changed."""

from typing import Any, ClassVar, Final

from litestar import Request, post
from litestar.di import NamedDependency

from backend.auth.body import read_body
from backend.erp.hints import Hints
from backend.errors import AppError, NotFound

WEBHOOK_PATH: Final = "/api/erpnext/webhook"
WEBHOOK_BYTES: Final = 64 * 1024
_SIGNATURE: Final = "x-frappe-webhook-signature"


class NotSigned(AppError):
    """The body does not carry its signature."""

    code: ClassVar[str] = "forbidden"
    status: ClassVar[int] = 403


@post(WEBHOOK_PATH, status_code=204, request_max_body_size=None)
async def webhook(request: Request[Any, Any, Any], hints: NamedDependency[Hints | None]) -> None:
    """Remember the document and answer at once: a slow answer would hold up ERPNext's queue.

    Raises NotFound when no secret is set, TooLarge or NotSigned.
    """
    if hints is None:
        raise NotFound
    body = await read_body(request, WEBHOOK_BYTES)
    signatures = request.headers.getall(_SIGNATURE, [])
    if len(signatures) != 1 or not hints.is_signed(body, signatures[0]):
        raise NotSigned
    hints.take(body)
