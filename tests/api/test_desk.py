"""What the office does from its board: refused work, journal, links, outages, checks."""

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from litestar import Litestar, Router
from litestar.di import Provide
from msgspec.structs import replace
from sqlalchemy import Connection

from backend.auth.answers import exception_handlers
from backend.auth.origin import same_origin
from backend.auth.roles import Role
from backend.auth.staff import Staff
from backend.board.api import decide, state
from backend.board.checks.api import show_checks
from backend.board.journal.api import journal_file, show_journal
from backend.board.links.api import extend, make_link, revoke, show_links
from backend.board.outages.api import outage_alarm
from backend.board.queues.api import close_refused, try_refused_again
from backend.board.today.machine import Machine
from backend.board.today.memory import BoardMemory
from backend.errors import Refused
from backend.salvage.api import salvage
from backend.settings import OktopusSettings, Settings
from backend.store import lanes
from backend.store.apply import apply_mutations, apply_pushes
from backend.store.codes import enrol_by_code, hashed_code
from backend.store.devices import Enrolled
from backend.store.outbox import load
from backend.store.pokes import Pokes
from backend.store.store import Store, open_store
from backend.store.tables import device
from sync.lane import Lane, LaneState
from sync.state import Actor, ActorKind
from tests.api.board import HEADERS, HOUR_MS, MINUTE_MS, a_decision, browser, two_technicians
from tests.api.office import behind_proxy, served
from tests.api.test_access import secret_file
from tests.given import (
    CLOCK,
    DEVICE,
    JOB,
    MARC,
    NOW_MS,
    OTHER_JOB,
    a_visit,
    mutation,
    push,
    upstream,
    uuid7,
)

LOCATION = "location/00000000-0000-7000-8000-0000000000b1"
TODAY = {"first": "2026-11-23", "last": "2026-11-23"}
SYSTEM = Actor(ActorKind.SYSTEM, "check", "Vérification", "check")
BEARER = {"Authorization": "Bearer s3cret"}
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Carrier:
    """A gateway that keeps what it was given, and refuses what it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.refuses = ""

    async def send(self, to: str, text: str) -> None:
        """Take a message."""
        if self.refuses:
            raise Refused(self.refuses)
        self.sent.append((to, text))


class Office(NamedTuple):
    """A dispatcher's browser, the store behind it, and who carries messages."""

    client: httpx.AsyncClient
    store: Store
    carrier: Carrier

    async def given(self, work: Callable[[Connection], Any]) -> Any:
        """Change the store."""
        return await self.store.writer.run(work)

    async def board(self) -> dict[str, Any]:
        """What the board shows."""
        shown: dict[str, Any] = await self.get("state")
        return shown

    async def get(self, path: str, **params: str) -> Any:
        """An answer of the board's API."""
        answer = await self.client.get(f"/board/api/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any) -> httpx.Response:
        """Send what the page sends."""
        return await self.client.post(f"/board/api/{path}", json=body, headers=HEADERS)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """A board over a store in which Marc has a visit today."""
    pokes, carrier, memory, machine = Pokes(), Carrier(), BoardMemory(), Machine()
    pokes.start()
    store = open_store(database_url, lambda: CLOCK, pokes.send)
    await store.writer.run(two_technicians)
    await store.writer.run(a_visit_at_mercier)
    given = {
        "staff": lambda: Staff("julie@example.test", ()),
        "store": lambda: store,
        "settings": lambda: Settings(str(tmp_path), public_url="https://terrain.example.ca"),
        "now_ms": lambda: NOW_MS,
        "machine": lambda: machine,
        "memory": lambda: memory,
        "gateway": lambda: carrier,
        "monitor_secret": lambda: lambda: "s3cret",
    }
    boards = (state, decide, show_journal, journal_file, show_links, make_link, extend, revoke)
    queues = (show_checks, try_refused_again, close_refused, salvage)
    app = Litestar(
        [Router("/", route_handlers=[*boards, *queues], guards=[same_origin]), outage_alarm],
        logging_config=None,
        dependencies={name: Provide(value, sync_to_thread=False) for name, value in given.items()},
        exception_handlers=exception_handlers(""),
    )
    async with browser(app) as client:
        yield Office(client, store, carrier)
    await store.close()


def a_visit_at_mercier(conn: Connection) -> None:
    """A visit whose place hangs on a known OLT."""
    upstream(conn, 11, LOCATION, "LOC-1", street="12 rue X", olt="OLT-MERCIER-1", pon_port="0/3")
    a_visit(conn, location=LOCATION, subject="Installation")
    linked = {"id": DEVICE, "technician": MARC, "link": "l", "session_hash": "h"}
    conn.execute(device.insert().values(**linked, created_at=NOW_MS, seen_at=NOW_MS))


def refused_serial(conn: Connection) -> None:
    """Marc's phone sends a serial that is none."""
    said = mutation(1, "equipment", {"serial": ""})
    apply_pushes(conn, [push(said)], CLOCK)


@sqlite_only
async def test_refused_work_is_mended_and_tried_again_for_its_author(office: Office) -> None:
    await office.given(refused_serial)
    [line] = (await office.board())["refused"]
    mended = {"refused": line["id"], "id": uuid7(800), "args": {"serial": "TPLG1A2B3C4D"}}

    first = await office.post("refused/again", {"tries": [mended]})
    again = await office.post("refused/again", {"tries": [mended]})

    assert line["byPhone"] is True
    assert line["args"] == {"serial": ""}
    assert first.json() == [{"refused": line["id"], "outcome": "applied", "reason": ""}]
    assert again.json() == first.json()
    after = await office.board()
    assert after["refused"] == []
    assert after["tiles"]["refused"] == 0
    assert [each["serial"] for each in after["visits"][0]["equipment"]] == ["TPLG1A2B3C4D"]
    lines = (await office.get("journal", **TODAY))["lines"]
    assert [(each["by"], each["outcome"]) for each in lines] == [
        ("Marc Tremblay", "rejected"),
        ("Marc Tremblay", "applied"),
    ]


@sqlite_only
async def test_what_is_refused_again_stays_until_it_is_closed_with_a_reason(office: Office) -> None:
    await office.given(refused_serial)
    [line] = (await office.board())["refused"]

    tried = await office.post("refused/again", {"tries": [{"refused": line["id"], "id": uuid7(1)}]})
    still = (await office.board())["tiles"]["refused"]
    vague = await office.post("refused/close", {"refused": [line["id"]], "reason": "  "})
    closed = await office.post("refused/close", {"refused": [line["id"]], "reason": "doublon"})
    unknown = await office.post("refused/close", {"refused": [uuid7(99)], "reason": "x"})

    assert tried.json()[0]["outcome"] == "rejected"
    assert still == 1
    assert (vague.status_code, closed.status_code, unknown.status_code) == (400, 204, 404)
    assert (await office.board())["refused"] == []


async def test_the_day_of_a_technician_is_proved_by_what_is_on_file(office: Office) -> None:
    def day(conn: Connection) -> None:
        steps = [
            mutation(1, "status", {"to": "en_route"}),
            mutation(2, "status", {"to": "on_site"}),
            mutation(3, "note", {"text": "Chien"}),
            mutation(4, "status", {"to": "on_hold", "reason": "part"}),
        ]
        steps[3] = replace(steps[3], made_at=NOW_MS + 2 * MINUTE_MS)
        apply_pushes(conn, [push(*steps)], CLOCK)
        first = load(conn, JOB, Lane(LaneState.CLAIMED, NOW_MS)).entries[:1]
        lanes.record_success(conn, JOB, first, NOW_MS)
        apply_pushes(conn, [push(mutation(5, "equipment", {"serial": ""}))], CLOCK)

    await office.given(day)

    board = await office.board()
    journal = await office.get("journal", **TODAY)

    [proof] = board["proofs"]
    assert (proof["told"], proof["filed"], proof["refused"]) == (5, 1, 1)
    [line] = journal["days"]
    assert (line["by"], line["told"], line["filed"], line["refused"]) == ("Marc Tremblay", 5, 1, 1)
    assert line["onSiteMs"] == 2 * MINUTE_MS
    assert journal["more"] is False


@sqlite_only
async def test_the_journal_finds_work_by_its_serial_and_its_day(office: Office) -> None:
    def work(conn: Connection) -> None:
        said = mutation(1, "equipment", {"serial": "TPLG1A2B3C4D"})
        apply_pushes(conn, [push(said, mutation(2, "note", {"text": "x"}))], CLOCK)

    await office.given(work)

    by_serial = await office.get("journal", **TODAY, serial="tplg-1a2b3c4d")
    by_other = await office.get("journal", **TODAY, serial="TPLG99999999")
    yesterday = await office.get("journal", first="2026-11-22", last="2026-11-22")
    nonsense = await office.client.get("/board/api/journal", params={"first": "x", "last": "y"})

    assert [line["kind"] for line in by_serial["lines"]] == ["equipment", "note"]
    assert by_serial["lines"][0]["visit"] == "Installation, 12 rue X"
    assert (by_other["lines"], yesterday["lines"]) == ([], [])
    assert (nonsense.status_code, nonsense.json()["reason"]) == (400, "date")


@sqlite_only
async def test_the_journals_file_opens_in_a_spreadsheet_and_runs_nothing(office: Office) -> None:
    def work(conn: Connection) -> None:
        upstream(conn, 30, JOB, "DJ-00161", subject="=HYPERLINK(1)")
        apply_pushes(conn, [push(mutation(1, "note", {"text": "é;è"}))], CLOCK)

    await office.given(work)

    answer = await office.client.get("/board/api/journal.csv", params=TODAY | {"lang": "fr"})

    assert answer.headers["content-disposition"].endswith('"journal-2026-11-23-2026-11-23.csv"')
    heading, line = answer.content.removeprefix(b"\xef\xbb\xbf").decode().splitlines()
    assert heading.startswith("Fait sur l'appareil;Reçu;Au dossier;Qui;")
    assert "'=HYPERLINK(1)" in line
    assert '"{""text"":""é;è""}"' in line


@sqlite_only
async def test_a_link_is_told_once_sent_by_sms_and_kept_masked(office: Office) -> None:
    asked = {"technician": MARC, "days": 3, "to": "(514) 555-0142"}

    made = (await office.post("links", asked)).json()
    listed = await office.get("links")

    assert made["url"].startswith("https://terrain.example.ca/t/")
    assert {len(row) for row in made["qr"]} == {len(made["qr"])}
    assert made["sent"] == "sent"
    assert office.carrier.sent == [
        ("+15145550142", f"Bonjour Marc, ta journée dans Terrain : {made['url']}")
    ]
    [line] = listed
    assert line["sent"] == [
        {"at": NOW_MS, "by": "julie@example.test", "masked": "•••0142", "error": ""}
    ]
    assert made["url"].rpartition("/")[2] not in str(listed)


@sqlite_only
async def test_a_message_that_did_not_go_leaves_the_link_and_says_why(office: Office) -> None:
    office.carrier.refuses = "twilio-21211"

    made = await office.post("links", {"technician": MARC, "to": "5145550142"})
    wrong = await office.post("links", {"technician": MARC, "to": "514-CALL-ME"})
    nobody = await office.post("links", {"technician": "technician/none"})

    assert (made.status_code, made.json()["sent"]) == (201, "twilio-21211")
    assert (wrong.status_code, wrong.json()["reason"]) == (400, "number")
    assert nobody.status_code == 404
    assert len(await office.get("links")) == 1


@sqlite_only
async def test_a_dictated_code_enrols_one_phone_within_ten_minutes(office: Office) -> None:
    asked = {"technician": MARC, "code": True, "to": "5145550142"}

    made = (await office.post("links", asked)).json()

    hashed = await hashed_code(made["code"])

    def by_two_phones(conn: Connection) -> list[bool]:
        found = [enrol_by_code(conn, hashed, nonce, NOW_MS, "") for nonce in ("1", "2")]
        return [isinstance(each, Enrolled) for each in found]

    assert await office.given(by_two_phones) == [True, False]
    assert made["url"] == "https://terrain.example.ca/t/"
    assert made["expiresAt"] - NOW_MS == 10 * MINUTE_MS
    assert re.fullmatch(r"\d{6}", made["code"])
    [(_, text)] = office.carrier.sent
    assert text == f"Bonjour Marc, ouvre {made['url']} et tape ce code : {made['code']}"


@sqlite_only
async def test_a_link_is_extended_until_it_is_revoked(office: Office) -> None:
    made = (await office.post("links", {"technician": MARC, "days": 1})).json()

    longer = await office.post(f"links/{made['id']}/extend", {"days": 2})
    ended = await office.post(f"links/{made['id']}/revoke", {})
    too_late = await office.post(f"links/{made['id']}/extend", {"days": 2})

    assert longer.json() == {"expiresAt": NOW_MS + 3 * 24 * HOUR_MS}
    assert (ended.status_code, too_late.status_code) == (204, 404)
    [line] = await office.get("links")
    assert line["state"] == "revoked"


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
async def test_the_office_asks_for_a_check_and_sees_it_in_the_feed(office: Office) -> None:
    asked = await office.post("mutations", a_decision("verify", {"reason": "rerun"}))

    [check] = await office.get("checks")

    assert asked.json()["outcome"] == "applied"
    assert (check["state"], check["by"]) == ("asked", "julie@example.test")


def checked(asked: str, verdict: str, *lines: dict[str, Any]) -> Callable[[Connection], Any]:
    """What the server says of a check that was asked for, once it is over."""
    said = {"verification": asked, "state": "done", "verdict": verdict, "checks": list(lines)}
    done = mutation(60, "verified", said | {"measured_at": NOW_MS, "version": 2})
    return lambda conn: apply_mutations(conn, SYSTEM, [done], CLOCK)


@sqlite_only
async def test_the_office_answers_for_a_failed_check_with_a_reason(office: Office) -> None:
    asked = a_decision("verify", {"reason": "install"})
    await office.post("mutations", asked)
    weak = {"id": "rx_ont", "result": "fail", "reason": "light-too-low"}
    await office.given(checked(asked["id"], "fail", weak))

    args = {"verification": asked["id"], "reason": "Câble long, mesuré"}
    answer = await office.post("mutations", a_decision("accept", args, id=uuid7(701)))

    [check] = await office.get("checks")
    assert answer.json()["outcome"] == "applied", answer.text
    assert (check["verdict"], check["accepted"]) == ("fail", "Câble long, mesuré")


@sqlite_only
async def test_the_feed_names_what_nobody_could_see_where_the_verdict_needs_it(
    office: Office,
) -> None:
    asked = a_decision("verify", {"reason": "install"})
    await office.post("mutations", asked)
    unseen = {"id": "serial_match", "result": "unverified", "reason": "serial-unassigned"}
    extra = {"id": "mesh", "result": "unverified", "reason": "not-expected"}
    needed = {**unseen, "required": True}
    await office.given(checked(asked["id"], "unverified", needed, extra))

    [check] = await office.get("checks")

    assert check["remarks"] == [unseen]


@sqlite_only
async def test_a_visit_moved_by_the_office_says_what_erpnext_has_not(office: Office) -> None:
    await office.post("mutations", a_decision("edit", {"window_start": "13:00"}))

    [visit] = (await office.board())["visits"]

    assert visit["unfiled"] == ["window_start"]
    assert visit["movedAt"] == NOW_MS
    assert visit["window"]["start"] == "13:00"


@sqlite_only
async def test_what_a_technician_asks_waits_for_the_offices_answer(office: Office) -> None:
    wish = mutation(1, "request", {"what": "window_start", "value": "15:00", "text": "Retard"})
    await office.given(lambda conn: apply_pushes(conn, [push(wish)], CLOCK))

    [line] = (await office.board())["requests"]
    granted = a_decision("answer", {"request": line["id"], "granted": True})
    await office.post("mutations", granted)

    assert (line["what"], line["value"], line["text"]) == ("window_start", "15:00", "Retard")
    after = await office.board()
    assert after["requests"] == []
    assert after["visits"][0]["window"]["start"] == "15:00"


@sqlite_only
async def test_a_completion_without_its_evidence_waits_until_the_office_lets_it_go(
    office: Office,
) -> None:
    def held(conn: Connection) -> None:
        upstream(conn, 31, JOB, "DJ-00161", status="on_site", billable=True, evidence=["serial"])
        apply_pushes(conn, [push(mutation(1, "status", {"to": "completed"}, base=9))], CLOCK)

    await office.given(held)

    [line] = (await office.board())["held"]
    await office.post("mutations", a_decision("release", {"reason": "étiquette illisible"}))

    assert (line["technician"], line["missing"]) == ("Marc Tremblay", ["serial"])
    assert (await office.board())["held"] == []


@sqlite_only
async def test_a_page_that_knows_a_version_gets_only_the_visits_that_changed(
    office: Office,
) -> None:
    await office.given(lambda conn: a_visit(conn, OTHER_JOB))
    first = await office.board()

    same = await office.get("state", known=first["version"])
    await office.post("mutations", a_decision("edit", {"window_start": "13:00"}))
    moved = await office.get("state", known=first["version"])
    await office.given(lambda conn: upstream(conn, 60, OTHER_JOB, "DJ-2", date="2026-12-24"))
    gone = await office.get("state", known=moved["version"])

    assert (len(first["visits"]), first["whole"]) == (2, True)
    assert (same["visits"], same["whole"], same["version"]) == ([], False, first["version"])
    assert [each["key"] for each in moved["visits"]] == [JOB]
    assert moved["visits"][0]["window"]["start"] == "13:00"
    assert (gone["visits"], gone["gone"]) == ([], [OTHER_JOB])


@sqlite_only
async def test_a_version_of_another_process_is_answered_whole(office: Office) -> None:
    answer = await office.get("state", known="0a1b2c3d-1")

    assert (len(answer["visits"]), answer["whole"]) == (1, True)


@sqlite_only
async def test_a_customers_new_street_is_on_the_line_of_his_visit(office: Office) -> None:
    known = (await office.board())["version"]

    await office.given(lambda conn: upstream(conn, 61, LOCATION, "LOC-1", street="9 rue Y"))

    [visit] = (await office.get("state", known=known))["visits"]
    assert visit["street"] == "9 rue Y"


@sqlite_only
async def test_a_gesture_is_on_file_as_soon_as_its_phone_is_told_so(office: Office) -> None:
    def drive(conn: Connection) -> None:
        apply_pushes(conn, [push(mutation(1, "status", {"to": "en_route"}))], CLOCK)

    def file(conn: Connection) -> None:
        claimed = load(conn, JOB, Lane(LaneState.CLAIMED, NOW_MS))
        lanes.record_success(conn, JOB, claimed.entries, NOW_MS)

    await office.given(drive)
    before = await office.board()
    await office.given(file)
    after = await office.get("state", known=before["version"])

    assert before["visits"][0]["status"]["onFile"] is False
    assert after["visits"][0]["status"]["onFile"] is True


@sqlite_only
async def test_a_file_of_a_phone_is_looked_at_before_it_is_taken_in_once(office: Office) -> None:
    note = {"id": uuid7(2), "kind": "note", "key": JOB, "base": 9, "made_at": NOW_MS}
    exported = {
        "technician": MARC.partition("/")[2],
        "device": DEVICE,
        "mutations": [note | {"args": {"text": "Chien"}}],
    }

    looked = await office.post("salvage", exported)
    nothing_yet = (await office.get("journal", **TODAY))["lines"]
    taken = await office.post("salvage?take=true", exported)
    again = await office.post("salvage?take=true", exported)
    strange = await office.post("salvage", {"hello": 1})

    assert looked.json()[-1] == "1 mutations, 0 photos"
    assert nothing_yet == []
    assert taken.json() == again.json() == [f"{uuid7(2)}  note  applied"]
    assert strange.json()["error"] == "bad-salvage"
    [line] = (await office.get("journal", **TODAY))["lines"]
    assert (line["by"], line["args"]) == ("Marc Tremblay", {"text": "Chien"})


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
