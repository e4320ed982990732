"""What a monitor or a source that is away makes the board say."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from backend.auth.roles import Role
from backend.settings import OktopusSettings
from tests.api.desk import Office, sqlite_only
from tests.api.office import behind_proxy, served
from tests.api.test_access import secret_file
from tests.given import (
    NOW_MS,
)

BEARER = {"Authorization": "Bearer s3cret"}


@sqlite_only
async def test_a_monitor_raises_and_clears_the_outage_of_a_sector(office: Office) -> None:
    async def said(status: int) -> int:
        body = {"heartbeat": {"status": status}, "monitor": {"id": 7, "name": "OLT Mercier"}}
        answer = await office.client.post(
            "/api/outages?sector=olt-mercier-1 0/3", json=body, headers=BEARER
        )
        return answer.status_code

    answers = [await said(0), await said(0), await said(2)]
    board = await office.board()
    answers.append(await said(1))

    assert answers == [204] * 4
    [line] = board["outages"]
    assert (line["text"], line["since"], line["visits"]) == ("OLT Mercier", NOW_MS, 1)
    assert board["visits"][0]["outage"] == line["id"]
    assert (await office.board())["outages"] == []


@sqlite_only
@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, {"state": "down"}, 403),
        ({"Authorization": "Bearer other"}, {"state": "down"}, 403),
        (BEARER, {"state": "perhaps"}, 400),
        (BEARER, [], 400),
    ],
)
async def test_who_is_no_monitor_or_says_nothing_raises_no_outage(
    office: Office, headers: dict[str, str], body: Any, status: int
) -> None:
    answer = await office.client.post("/api/outages?sector=X", json=body, headers=headers)

    assert answer.status_code == status
    assert (await office.board())["outages"] == []


@sqlite_only
@pytest.mark.parametrize("is_on", [False, True])
async def test_a_source_that_is_switched_off_does_not_say_that_it_answers(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_on: bool
) -> None:
    monkeypatch.setenv("OKTOPUS_DISABLED", "0" if is_on else "1")
    password = secret_file(tmp_path / "oktopus.password", "s3cret")
    named = OktopusSettings("http://127.0.0.1:9", "terrain@example.ca", password)
    settings = replace(behind_proxy(tmp_path), oktopus=named)

    async with served(database_url, tmp_path, settings) as whole:
        shown = (await whole.person(Role.VIEWER).get("/board/api/state")).json()

    assert [each["name"] for each in shown["sources"]] == (["oktopus"] if is_on else [])
