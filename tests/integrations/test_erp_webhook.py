"""ERPNext's webhooks: who may send one, and what one brings about."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.di import Provide
from sqlalchemy import Connection, Engine

from backend.app import create_app
from backend.auth.answers import exception_handlers
from backend.erp.api import WEBHOOK_BYTES, WEBHOOK_PATH, webhook
from backend.erp.client import open_http
from backend.erp.console import install_site
from backend.erp.hints import Hints
from backend.erp.install.plan import Wish
from backend.erp.site import SiteClient
from backend.installation import Installation
from backend.settings import ErpNextSettings, Settings, read_secret
from backend.simulators.erpnext import SYNC_USER, Fault, FaultKind
from backend.store.shadows import keys_of
from tests.given import cells_of
from tests.integrations.erp_given import MAPPING, REPAIR, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite
from tests.rows import row

pytest_plugins = ["tests.integrations.erpnext_site"]
SECRET: Final = b"6f1d0c1c5a3b"
JOB = "Dispatch Job"
JOBS = f"/api/resource/{JOB}"


class Door(NamedTuple):
    """The route, and who remembers what comes through it."""

    app: Litestar
    hints: Hints

    async def send(self, body: bytes, *signatures: str) -> httpx.Response:
        """A delivery, as Frappe sends it: without a Content-Type unless told to."""
        given = [(b"X-Frappe-Webhook-Signature", each.encode("latin-1")) for each in signatures]
        transport = httpx.ASGITransport(cast("Any", self.app))
        async with httpx.AsyncClient(transport=transport, base_url="https://t.example") as client:
            return await client.post(WEBHOOK_PATH, content=body, headers=given)

    async def say(self, body: bytes) -> httpx.Response:
        """A delivery with its signature."""
        return await self.send(body, sign(body))


class Behind(NamedTuple):
    """The door, and the field behind it."""

    door: Door
    field: Field

    async def hear(self, body: bytes) -> None:
        """A hint comes, and what waits is read."""
        await self.door.say(body)
        await self.door.hints.follow(self.field.tools)

    def asked(self) -> list[str]:
        """What ERPNext was asked for."""
        return self.field.requests("GET")


def a_door(hints: Hints | None) -> Litestar:
    return Litestar(
        [webhook],
        exception_handlers=exception_handlers("450-555-0100"),
        dependencies={"hints": Provide(lambda: hints, sync_to_thread=False)},
        logging_config=None,
    )


def sign(body: bytes) -> str:
    return base64.b64encode(hmac.digest(SECRET, body, hashlib.sha256)).decode()


def told(doctype: str = JOB, name: str = REPAIR) -> bytes:
    said = {"doctype": doctype, "name": name, "modified": "2026-11-23 08:00:00"}
    return json.dumps(said).encode()


@pytest.fixture
def door() -> Door:
    hints = Hints(SECRET.decode, MAPPING, most=5)
    return Door(a_door(hints), hints)


@pytest_asyncio.fixture
async def behind(simulated: SimulatedSite, engine: Engine, door: Door) -> AsyncIterator[Behind]:
    async with in_the_field(simulated, engine) as field:
        yield Behind(door, field)


@pytest.mark.parametrize(
    ("body", "signatures"),
    [
        (told(), []),
        (told(), [""]),
        (told(), ["nonsense"]),
        (told(), ["é"]),
        (told(), [sign(told()), sign(told())]),
        (told(name="DJ-00001"), [sign(told())]),
        (told() + b" ", [sign(told())]),
    ],
)
async def test_what_is_not_signed_once_is_refused_without_a_word(
    door: Door, body: bytes, signatures: list[str]
) -> None:
    answer = await door.send(body, *signatures)

    assert (answer.status_code, answer.json()) == (403, {"error": "forbidden", "reason": ""})
    assert len(door.hints) == 0


async def test_a_new_secret_counts_at_once_and_without_one_nothing_is_signed(
    tmp_path: Path,
) -> None:
    file = tmp_path / "webhooks"
    hints = Hints(partial(read_secret, str(file)), MAPPING)
    door = Door(a_door(hints), hints)
    file.write_text("the one of before", "utf-8")
    before = await door.say(told())
    file.write_bytes(SECRET)
    after = await door.say(told())
    file.unlink()
    without = await door.say(told())

    answers = [answer.status_code for answer in (before, after, without)]
    assert answers == [403, 204, 403]


@row(18, without={"backend.erp.hints.Hints.is_signed": lambda *_: True})
async def test_the_signature_is_of_the_bytes_as_they_came(door: Door) -> None:
    spaced = json.dumps(json.loads(told()), indent=3).encode()

    assert (await door.say(spaced)).status_code == 204
    assert (await door.send(spaced, sign(told()))).status_code == 403


async def test_a_body_has_a_bound(door: Door) -> None:
    assert (await door.say(b"x" * (WEBHOOK_BYTES + 1))).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        *(told(doctype="ToDo"), b"", b"[]", b'{"doctype": 3}', b"\xff", b'{"doctype":"User"}'),
        told(name="é" * 141),
        b'{"doctype":"Dispatch Job","name":"DJ-00001","x":' + b"[" * 50_000,
    ],
    ids=range(8),
)
async def test_what_is_not_of_our_doctypes_is_taken_and_left(door: Door, body: bytes) -> None:
    assert (await door.say(body)).status_code == 204
    assert len(door.hints) == 0


async def test_hints_are_bounded_and_the_rest_is_left_to_the_poll(door: Door) -> None:
    answers = [await door.say(told(name=f"DJ-{number:06}")) for number in range(9)]

    assert {answer.status_code for answer in answers} == {204}
    assert len(door.hints) == 5


async def test_without_a_secret_there_is_no_such_route(door: Door) -> None:
    assert (await door._replace(app=a_door(None)).say(told())).status_code == 404


async def test_a_signed_hint_brings_the_document_at_once(behind: Behind) -> None:
    behind.field.site.edit_as_office(JOB, REPAIR, priority="Urgent")

    answer = await behind.door.say(told())
    before = behind.asked()
    await behind.door.hints.follow(behind.field.tools)

    assert (answer.status_code, answer.content, before) == (204, b"", [])
    assert behind.field.cells()["priority"] == "Urgent"
    assert behind.asked() == [JOBS, f"{JOBS}/{REPAIR}"]


async def test_a_hint_of_a_renamed_document_brings_no_second_record(behind: Behind) -> None:
    key = behind.field.key()
    behind.field.site.rename_as_office(JOB, REPAIR, "DJ-RENOMMÉ")
    behind.field.clock.advance(60)
    behind.field.site.edit_as_office(JOB, "DJ-RENOMMÉ", priority="Urgent")

    await behind.hear(told(name="DJ-RENOMMÉ"))

    assert behind.field.key("DJ-RENOMMÉ") == key
    assert behind.field.cells("DJ-RENOMMÉ")["priority"] == "Urgent"


async def test_a_replayed_hint_changes_nothing(behind: Behind) -> None:
    behind.field.site.edit_as_office(JOB, REPAIR, priority="Urgent")
    await behind.hear(told())
    before = behind.field.sequence()

    await behind.hear(told())

    assert behind.field.sequence() == before
    assert behind.asked().count(f"{JOBS}/{REPAIR}") == 1


async def test_a_burst_on_one_document_is_one_reading(behind: Behind) -> None:
    behind.field.site.edit_as_office(JOB, REPAIR, priority="Urgent")
    for _ in range(20):
        await behind.door.say(told())

    await behind.door.hints.follow(behind.field.tools)

    assert len(behind.asked()) == 2


async def test_what_could_not_be_read_is_found_by_the_poll(behind: Behind) -> None:
    behind.field.site.edit_as_office(JOB, REPAIR, priority="Urgent")
    behind.field.site.faults.order(Fault(FaultKind.HTML_ERROR))

    await behind.hear(told())
    missed = behind.field.cells()["priority"]
    await behind.field.worker.poll_all()

    assert (missed, behind.field.cells()["priority"]) == ("Medium", "Urgent")


async def test_a_hint_of_a_document_that_is_gone_deletes_nothing(behind: Behind) -> None:
    before = behind.field.cells()
    behind.field.site.delete_as_office(JOB, REPAIR)

    await behind.hear(told())

    assert behind.field.cells() == before


async def install_webhooks(simulated: SimulatedSite) -> None:
    wish = Wish(MAPPING, SYNC_USER, f"https://t.example{WEBHOOK_PATH}", SECRET.decode())
    admin = simulated.admin_token
    async with open_http(simulated.base_url, admin, simulated.transport) as http:
        assert (await install_site(SiteClient(http), wish, dry_run=False)).told.sound
    simulated.site.deliveries.clear()


async def test_what_an_installed_site_sends_brings_the_edit_of_the_office(
    simulated: SimulatedSite, behind: Behind
) -> None:
    await install_webhooks(simulated)
    simulated.site.edit_as_office(JOB, REPAIR, priority="Urgent")
    [sent] = simulated.site.deliveries

    answer = await behind.door.send(sent.body, sent.headers["X-Frappe-Webhook-Signature"])
    await behind.door.hints.follow(behind.field.tools)

    assert (sent.url, answer.status_code) == (f"https://t.example{WEBHOOK_PATH}", 204)
    assert behind.field.cells()["priority"] == "Urgent"


async def test_an_installed_site_sends_no_echo_of_what_we_wrote(
    simulated: SimulatedSite, behind: Behind
) -> None:
    await install_webhooks(simulated)
    await behind.field.tap("status", {"to": "en_route"})
    await behind.field.worker.deliver_until_empty()

    assert behind.field.document()["status"] == "En Route"
    assert list(simulated.site.deliveries) == []


async def test_an_installed_site_tells_that_a_document_which_we_saved_last_was_deleted(
    simulated: SimulatedSite, behind: Behind
) -> None:
    await install_webhooks(simulated)
    await behind.field.tap("status", {"to": "en_route"})
    await behind.field.worker.deliver_until_empty()
    simulated.site.delete_as_office(JOB, REPAIR)

    [sent] = simulated.site.deliveries
    assert json.loads(sent.body)["name"] == REPAIR


async def test_the_installed_application_reads_at_once_what_a_webhook_names(
    simulated_on_loopback: SimulatedSite, tmp_path: Path
) -> None:
    there = simulated_on_loopback
    (tmp_path / "token").write_text(there.token, "utf-8")
    (tmp_path / "webhooks").write_bytes(SECRET)
    erpnext = ErpNextSettings(
        there.base_url, str(tmp_path / "token"), str(tmp_path / "webhooks"), poll_s=3600
    )
    app = create_app(Settings(data=str(tmp_path), erpnext=erpnext))
    installation: Installation = app.state.installation

    async def until(priority: str) -> None:
        with installation.pokes.listen() as committed:
            while True:
                committed.clear()  # before the look: what is committed after it is waited for
                if await installation.store.read(_priority) == priority:
                    return
                await committed.wait()

    async with asyncio.timeout(20), installation.lifespan(None):
        await until("Medium")
        there.site.edit_as_office(JOB, REPAIR, priority="Urgent")
        door = Door(app, Hints(SECRET.decode, MAPPING))
        assert (await door.send(told(), "nonsense")).status_code == 403
        assert (await door.say(told())).status_code == 204
        await until("Urgent")


def _priority(conn: Connection) -> str:
    key = keys_of(conn, {("job", REPAIR)}).get(("job", REPAIR), "")
    return str(cells_of(conn, key).get("priority", ""))
