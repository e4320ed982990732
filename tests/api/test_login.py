"""An office without a portal logs in with its own accounts; with one, they open nothing."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from backend.auth.roles import Role
from backend.settings import Settings
from backend.store.staff import SESSION_MS, end_account, find_session, open_session
from tests.api.installation import HOST, PROXY
from tests.api.office import PASSWORD, Served, behind_proxy, served
from tests.given import NOW_MS

ADMIN = "admin@example.ca"
BROWSER = {"Accept": "text/html"}
OWN = {"Origin": f"https://{HOST}"}
WRONG = [
    (ADMIN, "un autre mot de passe"),
    (ADMIN, ""),
    (ADMIN, "a" * 3000),
    ("nobody@example.ca", PASSWORD),
    ("' OR 1=1 --", PASSWORD),
    ("", ""),
    ("a\0b@example.ca", "\udcff\0"),
]


@pytest.fixture
def database_url(tmp_path: Path, migrated: Path) -> str:
    """Nothing here depends on the database: one kind is enough."""
    return f"sqlite:///{shutil.copy(migrated, tmp_path / 'terrain.db')}"


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    """An office without ForwardAuth."""
    async with served(database_url, tmp_path, Settings()) as app:
        yield app


async def log_in(
    browser: httpx.AsyncClient, email: str = ADMIN, password: str = PASSWORD
) -> httpx.Response:
    """Send the form as a browser does."""
    return await browser.post(
        "/board/login", data={"email": email, "password": password}, headers=OWN
    )


async def test_who_has_no_session_is_shown_the_login(office: Served) -> None:
    browser = office.client()

    board = await browser.get("/board", headers=BROWSER)
    state = await browser.get("/board/api/state")
    page = await browser.get(board.headers["location"])

    assert board.status_code == 303
    assert (state.status_code, state.json()["error"]) == (401, "login-needed")
    assert page.status_code == 200
    assert "Mot de passe" in page.text
    assert "Password" in page.text


async def test_the_right_password_opens_the_board_until_the_way_out(office: Served) -> None:
    browser = office.client()

    entered = await log_in(browser, " Admin@Example.CA ")
    me = (await browser.get("/board/api/me")).json()
    session = browser.cookies["__Host-terrain-office"]
    left = await browser.post("/board/logout", headers=OWN)
    again = await browser.get(
        "/board/api/me", headers={"Cookie": f"__Host-terrain-office={session}"}
    )

    assert (entered.status_code, entered.headers["location"]) == (303, "/board")
    assert me == {"email": ADMIN, "role": "admin", "hasSession": True}
    assert left.status_code == 303
    assert again.status_code == 401


async def test_the_cookie_is_bound_to_the_host_and_hidden_from_scripts(office: Served) -> None:
    entered = await log_in(office.client())

    name_value, *attributes = entered.headers["set-cookie"].split("; ")
    assert name_value.startswith("__Host-terrain-office=")
    assert {each.lower() for each in attributes} == {
        "secure",
        "httponly",
        "samesite=lax",
        "path=/",
        "max-age=43200",
    }


async def test_a_wrong_pair_opens_nothing_and_does_not_tell_which_is_wrong(
    office: Served,
) -> None:
    for number, (email, password) in enumerate(WRONG):
        form = {"email": email, "password": password.encode("utf-8", "replace")}

        answer = await office.client(f"198.51.{number}.9").post(
            "/board/login", data=form, headers=OWN
        )

        assert (email, answer.status_code) == (email, 401)
        assert "Courriel ou mot de passe inexact." in answer.text
        assert "set-cookie" not in answer.headers


async def test_an_account_that_ended_is_out_at_once(office: Served) -> None:
    browser = office.client()
    await log_in(browser)

    await office.store.writer.run(lambda conn: end_account(conn, ADMIN, NOW_MS))

    assert (await browser.get("/board/api/me")).status_code == 401
    assert (await log_in(browser)).status_code == 401


async def test_a_session_lasts_a_working_day(office: Served) -> None:
    value = await office.store.writer.run(lambda conn: open_session(conn, ADMIN, NOW_MS))
    end = NOW_MS + SESSION_MS

    last = await office.store.read(lambda conn: find_session(conn, value, end - 1))
    over = await office.store.read(lambda conn: find_session(conn, value, end))

    assert last is not None
    assert last.email == ADMIN
    assert over is None


async def test_ten_wrong_guesses_a_minute_are_all_a_network_has(office: Served) -> None:
    for number in range(10):
        known = ("viewer@example.ca", "dispatcher@example.ca")[number % 2]
        await log_in(office.client(), known, "x")

    limited = await log_in(office.client())
    elsewhere = await log_in(office.client("198.51.100.9"))

    assert limited.status_code == 429
    assert "Trop d&#39;essais" in limited.text
    assert elsewhere.status_code == 303


async def test_many_networks_have_ten_guesses_at_one_account_together(office: Served) -> None:
    for number in range(10):
        await log_in(office.client(f"198.51.{number}.9"), password="x")  # noqa: S106

    assert (await log_in(office.client())).status_code == 429


async def test_a_form_of_another_site_changes_nothing(office: Served) -> None:
    form = {"email": ADMIN, "password": PASSWORD}

    for path in ("/board/login", "/board/logout"):
        for origin in ({}, {"Origin": "https://evil.example"}):
            answer = await office.client().post(path, data=form, headers=origin)

            assert (path, answer.status_code) == (path, 403)
            assert "set-cookie" not in answer.headers


async def test_with_forward_auth_the_accounts_open_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with served(database_url, tmp_path, behind_proxy(tmp_path)) as office:
        session = await office.store.writer.run(lambda conn: open_session(conn, ADMIN, NOW_MS))
        cookie = {"Cookie": f"__Host-terrain-office={session}"}

        answers = [
            await office.client().get("/board/login"),
            await log_in(office.client()),
            await office.client(PROXY).get("/board/api/me", headers=cookie),
        ]
        viewer = await office.person(Role.VIEWER).get("/board/api/me")

    assert [each.status_code for each in answers] == [404, 404, 403]
    assert viewer.json()["role"] == "viewer"
