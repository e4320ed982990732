"""What the doctor asks of other machines: one short request each, nothing is changed."""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

import httpx

from backend.errors import Unavailable
from backend.settings.upkeep import BackupSettings
from backend.store.archive import open_archive

TIMEOUT_S: Final = 5.0
# How a stranger may say to be of the office: as the header is named, and as some proxies let it
# through (GHSA-x677-9fxg-v5c5, GHSA-rf44-j88r-hh8c).
SPELLINGS: Final = ("X-authentik-email", "X_authentik_email", "X.authentik.email")
STRANGER: Final = "stranger@example.invalid"


class Answered(NamedTuple):
    """The status, and how far the other's clock is ahead of ours in seconds (RFC 9110, Date)."""

    status: int
    skew_s: float | None


def ask(url: str, headers: Mapping[str, str]) -> Answered | None:
    """What a GET is answered; None without an answer. No redirect is followed."""
    try:
        answer = httpx.get(url, headers=headers, timeout=TIMEOUT_S, trust_env=False)
    except httpx.HTTPError:
        return None
    return Answered(answer.status_code, _skew_s(answer.headers.get("date", "")))


def claim(board: str, spelt: str, group: str) -> int | None:
    """The status of the board's page for a stranger who claims to be of the office."""
    groups = spelt.replace("email", "groups")
    answered = ask(board, {spelt: STRANGER, groups: group, "Accept": "application/json"})
    return answered.status if answered else None


def reaches_archive(settings: BackupSettings) -> bool:
    """Whether the place of the backups can be listed. Raises Refused, ValueError."""
    try:
        open_archive(settings).list("database")
    except Unavailable:
        return False
    return True


def _skew_s(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except ValueError:
        return None
