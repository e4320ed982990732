"""GET /board/visits/{id}/report: the installation report of a visit, for the office; with `.pdf`
as a file."""

from typing import ClassVar, Literal
from urllib.parse import quote

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from backend.auth.headers import content_security_policy
from backend.auth.staff import Staff
from backend.cpe.bridge.client import ModemBridge
from backend.cpe.report.printed import read_report
from backend.cpe.report.render import STYLE_SHA256, page
from backend.cpe.report.sheet import sheet_body
from backend.errors import AppError, Refused, Unavailable
from backend.settings import Settings
from backend.store.store import Store
from sync.collections import record_key


@get("/board/visits/{visit:str}/report", media_type=MediaType.HTML)
async def installation_report(
    visit: FromPath[str],
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
    settings: NamedDependency[Settings],
    now_ms: NamedDependency[int],
    lang: FromQuery[Literal["fr", "en"]] = "fr",
) -> Response[str]:
    """The page as of now, in French unless `lang` is en. Raises NotFound."""
    key = record_key("job", visit)
    report = await store.read(lambda conn: read_report(conn, key))
    policy = content_security_policy([STYLE_SHA256])
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    text = page(report, lang, settings.site_zone, now_ms)
    return Response(text, headers=headers, media_type=MediaType.HTML)


class NotPrinted(AppError):
    """No PDF can be made here now; the page of the report can be printed all the same."""

    code: ClassVar[str] = "not-printed"
    status: ClassVar[int] = 503


@get("/board/visits/{visit:str}/report.pdf")
async def printed_report(
    visit: FromPath[str],
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
    settings: NamedDependency[Settings],
    bridge: NamedDependency[ModemBridge | None],
    now_ms: NamedDependency[int],
    lang: FromQuery[Literal["fr", "en"]] = "fr",
) -> Response[bytes]:
    """The same as one PDF, without the pictures. Raises NotFound or NotPrinted."""
    key = record_key("job", visit)
    report = await store.read(lambda conn: read_report(conn, key))
    if bridge is None:
        raise NotPrinted("no-bridge")
    try:
        content = await bridge.pdf(sheet_body(report, lang, settings.site_zone, now_ms))
    except (Unavailable, Refused) as error:
        raise NotPrinted(error.kind) from error
    name = f"{report.document or visit}-{lang}.pdf"
    headers = {
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": "no-store",
    }
    return Response(content, headers=headers, media_type="application/pdf")
