"""Rules of taking in what changed in ERPNext."""

from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import Engine, func, select

from backend.erp.client import ErpClient, open_http
from backend.erp.inbound import poll, since
from backend.erp.mapping import load_mapping
from backend.erp.taking import take_documents
from backend.simulators.erpnext import Fault, FaultKind
from backend.store.pull import pull
from backend.store.tables import counter, mutation
from tests.integrations.erp_given import OTHER, REPAIR, ZONE, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Field]:
    async with in_the_field(simulated, engine) as field:
        yield field


def sequence(there: Field) -> int:
    with there.engine.begin() as conn:
        return int(conn.execute(select(counter.c.sequence)).scalar_one())


async def test_the_first_poll_brings_every_document_with_its_links(there: Field) -> None:
    job, document = there.cells(), there.document()

    assert job["name"] == REPAIR
    assert job["status"] == "todo"
    assert job["technician"] == there.key("TECH-001", "technician")
    assert job["location"] == there.key(document["service_location"], "location")
    assert job["contact"] == there.key(document["customer"], "contact")
    assert (job["window_start"], job["window_end"]) == ("08:00", "10:00")
    assert [item["id"] for item in job["checklist"]]
    place = there.cells(document["service_location"], "location")
    assert place["olt"]
    assert there.cells(document["customer"], "contact")["phone"].startswith("+1450555")


async def test_the_phone_of_the_assignee_gets_the_day(there: Field) -> None:
    marc = there.key("TECH-001", "technician")

    with there.engine.begin() as conn:
        put = {each.key for each in pull(conn, marc, "").changes.put}

    assert there.key() in put
    assert there.cells()["location"] in put


async def test_a_poll_of_an_unchanged_site_asks_no_document_and_changes_nothing(
    there: Field,
) -> None:
    before = sequence(there)

    assert await there.worker.poll_all() == 0

    assert len(there.requests("GET")) == len(there.tools.mapping.entities)
    assert sequence(there) == before


async def test_an_entity_with_filters_reads_the_documents_that_match_alone(
    simulated: SimulatedSite, engine: Engine, tmp_path: Path
) -> None:
    default = (resources.files("backend.erp") / "erpnext.toml").read_text("utf-8")
    own = tmp_path / "own.toml"
    line = 'doctype = "Technician"\n'
    own.write_text(
        default.replace(line, f'{line}filters = [["name", "!=", "TECH-003"]]\n'), "utf-8"
    )
    async with in_the_field(simulated, engine, load_mapping(ZONE, own)) as there:
        assert there.cells("TECH-002", "technician")["name"] == "TECH-002"
        assert "name" not in there.cells("TECH-003", "technician")

        await there.worker.sweep_all()

        assert "name" not in there.cells("TECH-003", "technician")


async def test_an_edit_of_the_office_reaches_the_record(there: Field) -> None:
    there.site.edit_as_office(
        "Dispatch Job", REPAIR, priority="Urgent", tags=[{"tag": "VIP"}], scheduled_start="13:30:00"
    )

    assert await there.worker.poll_all() == 1

    job = there.cells()
    assert (job["priority"], job["window_start"]) == ("Urgent", "13:30")
    assert [path for path in job if path.startswith("tags/")] == ["tags/VIP"]


async def test_an_emptied_field_is_emptied_in_the_record(there: Field) -> None:
    there.site.edit_as_office("Dispatch Job", REPAIR, dispatch_notes=None)

    await there.worker.poll_all()

    assert "dispatch_notes" not in there.cells()


async def test_our_own_writing_is_no_change_of_the_office(there: Field) -> None:
    item = there.cells()["checklist"][0]["id"]
    await there.tap("status", {"to": "on_site"})
    await there.tap("check", {"item": item, "done": True})
    await there.tap("note", {"text": "un"})
    await there.worker.deliver_until_empty()
    before = sequence(there)

    assert await there.worker.poll_all() == 0

    assert sequence(there) == before


async def test_our_writing_whose_answer_was_lost_is_no_change_of_the_office(
    there: Field,
) -> None:
    there.clock.advance(0.437)
    await there.tap("status", {"to": "on_site"})
    there.site.faults.order(Fault(FaultKind.LOST_ANSWER, method="PUT"))
    assert await there.worker.deliver_next()

    assert await there.worker.poll_all() == 0

    assert there.conflicts() == []
    assert there.cells()["started_at"] % 1000 == 437


async def test_the_offices_cancel_while_the_field_works_is_a_conflict(there: Field) -> None:
    await there.tap("status", {"to": "on_site"})
    there.site.edit_as_office("Dispatch Job", REPAIR, status="Cancelled")

    await there.worker.poll_all()

    assert there.cells()["status"] == "cancelled"
    assert there.conflicts() == [("status", False)]


async def test_an_office_that_lags_behind_the_field_is_no_conflict(there: Field) -> None:
    await there.tap("status", {"to": "on_site"})
    there.site.edit_as_office("Dispatch Job", REPAIR, status="En Route")

    await there.worker.poll_all()
    await there.worker.deliver_until_empty()

    assert there.conflicts() == []
    assert there.document()["status"] == "On Site"


async def test_a_new_visit_of_the_office_becomes_a_record(there: Field) -> None:
    made = there.site.create_as_office(
        "Dispatch Job",
        subject="Dépannage",
        technician="TECH-001",
        scheduled_date="2026-11-23",
        status="Assigned",
    )

    await there.worker.poll_all()

    assert there.cells(made["name"])["subject"] == "Dépannage"
    assert there.key(made["name"]).startswith("job/")


async def test_a_link_to_a_document_not_read_yet_is_filled_later(there: Field) -> None:
    customer = there.site.create_as_office("Customer", customer_name="Zoé Roy")["name"]
    there.site.edit_as_office("Dispatch Job", REPAIR, customer=customer)

    await poll(there.tools, "job")
    assert there.cells()["contact"] == there.key(customer, "contact")
    assert there.cells(customer, "contact") == {}
    await poll(there.tools, "contact")

    assert there.cells(customer, "contact")["full_name"] == "Zoé Roy"


async def test_a_commit_that_shows_up_late_is_still_found(there: Field) -> None:
    there.site.faults.order(Fault(FaultKind.LATE_COMMIT, method="PUT"))
    document = there.document()
    await there.tools.client.put("Dispatch Job", REPAIR, {"priority": "Low"}, document["modified"])
    there.clock.advance(30)
    there.site.edit_as_office("Dispatch Job", "DJ-00007", priority="High")
    await there.worker.poll_all()
    there.site.faults.release(there.site.database)

    assert await there.worker.poll_all() == 1

    assert there.cells()["priority"] == "Low"


async def test_a_page_full_of_one_stamp_hides_nothing(there: Field) -> None:
    names = [
        there.site.seed_document("Technician", full_name=f"T{number}")["name"]
        for number in range(450)
    ]
    for name in names:
        there.site.write_silently("Technician", name, modified="2026-11-23 08:00:00.000000")

    assert (await poll(there.tools, "technician")).documents == 450

    assert there.cells(names[-1], "technician")["full_name"] == "T449"


async def test_a_status_without_a_word_changes_nothing_and_is_said(
    there: Field, caplog: pytest.LogCaptureFixture
) -> None:
    values = there.tools.mapping.values
    fewer = values | {"status": values["status"] | {"on_hold": ("En pause",)}}
    there.restart(
        there.tools._replace(mapping=msgspec.structs.replace(there.tools.mapping, values=fewer))
    )
    there.site.edit_as_office("Dispatch Job", REPAIR, status="On Hold", priority="Low")

    await there.worker.poll_all()

    assert (there.cells()["status"], there.cells()["priority"]) == ("todo", "Low")
    assert "erpnext value not understood" in caplog.messages


async def test_a_document_older_than_the_shadow_is_left_out(there: Field) -> None:
    older = await there.tools.client.get_doc("Dispatch Job", REPAIR)
    assert isinstance(older, dict)
    known = {REPAIR: str(older["modified"])}
    await there.tap("status", {"to": "en_route"})
    await there.worker.deliver_until_empty()

    taken = await there.writer.run(
        lambda conn: take_documents(there.tools, "job", [older], known, conn)
    )

    assert taken.changed == 0
    assert there.cells()["status"] == "en_route"


async def test_a_refused_doctype_does_not_hide_the_others_and_is_said_once(
    there: Field, caplog: pytest.LogCaptureFixture
) -> None:
    mapping = there.tools.mapping
    gone = msgspec.structs.replace(mapping.entities["technician"], doctype="No Such")
    entities = mapping.entities | {"technician": gone}
    there.restart(there.tools._replace(mapping=msgspec.structs.replace(mapping, entities=entities)))
    there.site.edit_as_office("Dispatch Job", REPAIR, priority="Low")

    assert await there.worker.poll_all() == 1
    assert await there.worker.poll_all() == 0
    assert caplog.messages == ["erpnext poll refused"]


async def test_a_doctype_that_we_fail_to_read_does_not_hide_the_others(
    there: Field, simulated: SimulatedSite, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as one whose rows lack what every document has."""

    async def answer(request: httpx.Request) -> httpx.Response:
        assert simulated.transport is not None
        if request.url.path.endswith("/Technician"):
            return httpx.Response(200, json={"data": [{"name": "TECH-001"}]})
        return await simulated.transport.handle_async_request(request)

    there.site.edit_as_office("Dispatch Job", REPAIR, priority="Low")
    odd = httpx.MockTransport(answer)
    async with open_http(simulated.base_url, simulated.token, odd) as http:
        there.restart(there.tools._replace(client=ErpClient(http)))

        await there.worker.poll_all()

    assert there.cells()["priority"] == "Low"
    assert caplog.messages == ["reading erpnext failed"]


async def test_an_outage_ends_the_poll_until_the_site_is_back(there: Field) -> None:
    there.site.faults.order(Fault(FaultKind.UNAVAILABLE, times=None))
    there.site.edit_as_office("Dispatch Job", REPAIR, priority="Low")

    assert await there.worker.poll_all() == 0
    asked = len(there.requests("GET"))
    assert await there.worker.poll_all() == 0
    assert len(there.requests("GET")) == asked
    there.site.faults.clear()
    there.clock.advance(30)

    assert await there.worker.poll_all() == 1


async def test_what_the_office_changed_is_in_the_log_of_mutations(there: Field) -> None:
    there.site.edit_as_office("Dispatch Job", REPAIR, priority="Low")

    await there.worker.poll_all()

    key = there.key()
    with there.engine.begin() as conn:
        mine = select(func.count()).where(mutation.c.key == key)
        kinds = mine.where(mutation.c.kind == "upstream", mutation.c.actor_kind == "erp")
        assert conn.execute(kinds).scalar_one() == 2


@pytest.mark.parametrize(
    ("cursor", "expected"),
    [
        ("", ""),
        ("2026-11-23 08:00:00.000001", "2026-11-23 07:55:00.000001"),
        ("2026-11-23 08:00:00", "2026-11-23 07:55:00.000000"),
        ("2026-11-01 01:59:59.000000", "2026-11-01 00:49:59.000000"),
        ("2026-11-01 05:00:00.000000", "2026-11-01 04:55:00.000000"),
        ("2026-03-08 03:30:00.000000", "2026-03-08 03:25:00.000000"),
    ],
)
def test_a_poll_reads_again_longer_while_clocks_go_back(cursor: str, expected: str) -> None:
    assert since(cursor, ZONE) == expected


def test_a_zone_without_summer_time_always_overlaps_alike() -> None:
    zone = ZoneInfo("America/Regina")

    assert since("2026-11-01 01:59:59.000000", zone) == "2026-11-01 01:54:59.000000"


async def test_one_unreadable_document_keeps_no_other_from_being_taken(there: Field) -> None:
    there.site.edit_as_office("Dispatch Job", REPAIR, priority="High")
    there.site.edit_as_office("Dispatch Job", OTHER, priority="High")
    broken = Fault(FaultKind.BROKEN, times=1, method="GET", path=f"Dispatch Job/{REPAIR}")
    there.site.faults.order(broken)

    polled = await poll(there.tools, "job")

    assert polled.unread == (REPAIR,)
    assert there.cells(OTHER)["priority"] == "High"
    assert there.cells()["priority"] != "High"
    assert (await poll(there.tools, "job")).unread == ()
    assert there.cells()["priority"] == "High"


async def test_an_unreadable_document_is_asked_for_however_long_it_takes(there: Field) -> None:
    there.site.edit_as_office("Dispatch Job", REPAIR, priority="High")
    path = f"Dispatch Job/{REPAIR}"
    there.site.faults.order(Fault(FaultKind.BROKEN, times=None, method="GET", path=path))
    await poll(there.tools, "job")
    there.clock.advance(3600)
    there.site.edit_as_office("Dispatch Job", OTHER, priority="High")
    await poll(there.tools, "job")
    there.site.faults.clear()

    await poll(there.tools, "job")

    assert there.cells()["priority"] == "High"
