"""GET /board/visits/{id}/report: the installation report of a visit, for the office."""

from typing import Literal

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from backend.auth.headers import content_security_policy
from backend.auth.staff import Staff
from backend.cpe.report.content import Report, report_of
from backend.cpe.report.render import STYLE_SHA256, page
from backend.errors import NotFound
from backend.settings import Settings
from backend.store.connection import Connection
from backend.store.equipment import cells_of
from backend.store.store import Store
from sync.collections import record_key
from sync.visit import text_of

_REFERRED = ("location", "contact", "subscription", "technician")


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
    report = await store.read(lambda conn: _report(conn, key))
    policy = content_security_policy([STYLE_SHA256])
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    text = page(report, lang, settings.site_zone, now_ms)
    return Response(text, headers=headers, media_type=MediaType.HTML)


def _report(conn: Connection, key: str) -> Report:
    job = cells_of(conn, [key]).get(key)
    if job is None:
        raise NotFound
    return report_of(job, cells_of(conn, [text_of(job, name) for name in _REFERRED]))
