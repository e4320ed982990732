"""What the bridge is given to print a report from: typed evidence, never a page."""

from zoneinfo import ZoneInfo

import msgspec

from backend.cpe.report.content import Report
from backend.cpe.report.render import page
from backend.cpe.verdict.words import Lang


class Sheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A report, the language and zone (IANA) that it is told in, and when it was made (UTC ms)."""

    report: Report
    lang: Lang
    zone: str
    made_at: int


def sheet_body(report: Report, lang: Lang, zone: ZoneInfo, now_ms: int) -> bytes:
    """The request that asks for a report's PDF."""
    return msgspec.json.encode(Sheet(report, lang, zone.key, now_ms))


def sheet_page(body: bytes) -> str:
    """The page to print, out of such a request. Raises ValueError for anything else."""
    try:
        asked = msgspec.json.decode(body, type=Sheet)
        zone = ZoneInfo(asked.zone)
        return page(asked.report, asked.lang, zone, asked.made_at, is_sheet=True)
    except (msgspec.DecodeError, KeyError, OSError, OverflowError) as error:
        raise ValueError(type(error).__name__) from error
