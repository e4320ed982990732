"""Rules of delivering field work to ERPNext."""

from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import Engine

from backend.erp.client import ErpClient, open_http
from backend.simulators.erpnext import SYNC_USER, Fault, FaultKind
from backend.store import lanes, shadows
from sync.protocol import Fate
from tests.integrations.erp_given import OTHER, REPAIR, Crash, DiesAfter, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
DAY_S = 24 * 3600
SERIAL = "TPLGABCDEF01"
PASSING = (
    FaultKind.UNAVAILABLE,
    FaultKind.MAINTENANCE,
    FaultKind.TOO_MANY_REQUESTS,
    FaultKind.HTML_ERROR,
    FaultKind.QUERY_DEADLOCK,
    FaultKind.QUERY_TIMEOUT,
    FaultKind.OPERATIONAL_ERROR,
    FaultKind.IN_FAILED_TRANSACTION,
    FaultKind.SERIALIZATION_FAILURE,
    FaultKind.CONNECTION_DROPPED,
    FaultKind.LOST_ANSWER,
)


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Field]:
    async with in_the_field(simulated, engine) as field:
        yield field


async def test_a_status_reaches_the_document_and_comes_back_as_filed(there: Field) -> None:
    tapped = await there.tap("status", {"to": "en_route"})

    await there.worker.deliver_until_empty()

    assert there.document()["status"] == "En Route"
    assert there.receipts() == {tapped: (Fate.FILED, "")}
    assert there.lanes() == {}
    assert there.ledger(tapped) == 1


async def test_a_whole_visit_is_one_write_and_one_ledger_row_each(there: Field) -> None:
    item = there.cells()["checklist"][0]["id"]
    tapped = [
        await there.tap("status", {"to": "on_site"}),
        await there.tap("note", {"text": "Connecteur <b>sale</b>"}),
        await there.tap("check", {"item": item, "done": True}),
        await there.tap("tag", {"tag": "Chien", "on": True}),
        await there.tap("equipment", {"serial": SERIAL, "type": "ONT", "source": "typed"}),
        await there.tap("status", {"to": "not_completed", "reason": "customer_absent"}),
    ]

    await there.worker.deliver_until_empty()

    document = there.document()
    assert len(there.writes()) == 1
    assert document["status"] == "Not Completed"
    assert document["status_reason"] == "Client absent"
    assert document["started_at"] == document["completed_at"] == "2026-11-23 08:00:00"
    assert document["tech_notes"] == "2026-11-23 08:00 Marc Tremblay : Connecteur ‹b>sale‹/b>"
    assert [row["tag"] for row in document["tags"]][-1] == "Chien"
    assert document["checklist"][0]["done"] == 1
    assert document["equipment"][0]["serial_number"] == SERIAL
    assert [there.ledger(each) for each in tapped] == [1] * len(tapped)
    assert set(there.receipts()) == set(tapped)


async def test_known_equipment_is_linked(there: Field) -> None:
    device = next(iter(there.site.database.rows("Service Equipment")))
    await there.tap("equipment", {"serial": device["serial_number"]})

    await there.worker.deliver_until_empty()

    assert there.document()["equipment"][0]["equipment"] == device["name"]


async def test_what_has_no_place_in_the_document_is_filed_by_the_ledger_alone(
    there: Field,
) -> None:
    tapped = await there.tap("scan", {"blob": "a" * 64})

    await there.worker.deliver_until_empty()

    assert there.receipts()[tapped] == (Fate.FILED, "")
    assert there.ledger(tapped) == 1
    assert there.writes() == []


async def test_a_later_note_goes_behind_the_first(there: Field) -> None:
    await there.tap("note", {"text": "un"})
    await there.worker.deliver_until_empty()
    there.site.edit_as_office(
        "Dispatch Job", REPAIR, tech_notes=there.document()["tech_notes"] + "\nBureau : vu"
    )
    await there.tap("note", {"text": "deux"})

    await there.worker.deliver_until_empty()

    assert there.document()["tech_notes"].split("\n") == [
        "2026-11-23 08:00 Marc Tremblay : un",
        "Bureau : vu",
        "2026-11-23 08:00 Marc Tremblay : deux",
    ]


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        *(("PUT", kind) for kind in PASSING),
        *((method, kind) for method in ("GET", "POST") for kind in PASSING[-3:]),
    ],
)
async def test_a_passing_failure_at_any_call_leads_to_one_effect(
    there: Field, method: str, kind: FaultKind
) -> None:
    notes = [await there.tap("note", {"text": "un"}), await there.tap("note", {"text": "deux"})]
    there.site.faults.order(Fault(kind, times=2, method=method))

    await there.worker.deliver_until_empty()

    assert there.writes() == [("tech_notes",)]
    assert there.document()["tech_notes"].count("\n") == 1
    assert [there.ledger(each) for each in notes] == [1, 1]
    assert {fate for fate, _ in there.receipts().values()} == {Fate.FILED}


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("calls", range(4))
async def test_a_crash_at_any_call_leads_to_one_effect(
    there: Field, simulated: SimulatedSite, calls: int, sent: bool
) -> None:
    notes = [await there.tap("note", {"text": "un"}), await there.tap("note", {"text": "deux"})]
    assert simulated.transport is not None
    dying = DiesAfter(simulated.transport, calls, sent=sent)
    tools = there.tools
    async with open_http(simulated.base_url, simulated.token, dying) as http:
        there.restart(tools._replace(client=ErpClient(http)))
        with pytest.raises(Crash):
            await there.worker.deliver_next()
    there.restart(tools)
    there.clock.advance(lanes.LEASE_MS / 1000)

    assert await there.worker.deliver_next()

    assert there.writes() == [("tech_notes",)]
    assert there.document()["tech_notes"].count("\n") == 1
    assert [there.ledger(each) for each in notes] == [1, 1]
    assert set(there.receipts()) == set(notes)


@pytest.mark.parametrize("calls", range(4))
async def test_what_a_dead_worker_wrote_is_no_edit_of_the_office_when_the_field_writes_again(
    there: Field, simulated: SimulatedSite, calls: int
) -> None:
    name = there.document()["customer"]
    first = await there.tap("edit", {"phone": "514-555-0001"}, name, "contact")
    assert simulated.transport is not None
    tools = there.tools
    dying = DiesAfter(simulated.transport, calls, sent=True)
    async with open_http(simulated.base_url, simulated.token, dying) as http:
        there.restart(tools._replace(client=ErpClient(http)))
        with pytest.raises(Crash):
            await there.worker.deliver_next()
    there.restart(tools)
    there.clock.advance(lanes.LEASE_MS / 1000)
    second = await there.tap("edit", {"phone": "514-555-0002"}, name, "contact")

    await there.worker.poll_all()
    assert await there.worker.deliver_next()

    assert there.conflicts() == []
    assert {there.receipts()[each] for each in (first, second)} == {(Fate.FILED, "")}
    assert there.document(name, "Customer")["mobile_no"] == "514-555-0002"


async def test_a_claim_is_not_taken_twice_before_its_lease_ends(there: Field) -> None:
    await there.tap("note", {"text": "un"})
    claimed = await there.writer.run(lambda conn: lanes.claim(conn, there.now_ms))

    assert claimed is not None
    assert not await there.worker.deliver_next()


async def test_a_day_without_erpnext_loses_and_doubles_nothing(there: Field) -> None:
    there.site.faults.order(Fault(FaultKind.UNAVAILABLE, times=None))
    there.after(DAY_S, there.site.faults.clear)
    names = [REPAIR, OTHER]
    tapped = [
        await there.tap("note", {"text": f"note {n}"}, name) for n in range(5) for name in names
    ]

    await there.worker.deliver_until_empty()

    assert there.slept_s >= DAY_S
    assert len(there.requests("GET")) <= DAY_S / 30 + 20
    assert [there.ledger(each) for each in tapped] == [1] * len(tapped)
    assert [there.writes(name) for name in names] == [[("tech_notes",)]] * 2
    assert {name: there.document(name)["tech_notes"].count("note") for name in names} == {
        REPAIR: 5,
        OTHER: 5,
    }
    assert {fate for fate, _ in there.receipts().values()} == {Fate.FILED}


async def test_one_line_is_logged_when_erpnext_goes_and_one_when_it_returns(
    there: Field, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "terrain")
    there.site.faults.order(Fault(FaultKind.UNAVAILABLE, times=None))
    there.after(3600, there.site.faults.clear)
    await there.tap("note", {"text": "un"})

    await there.worker.deliver_until_empty()

    assert [record.getMessage() for record in caplog.records if record.name == "terrain"] == [
        "erpnext is away",
        "erpnext is back",
    ]


async def test_the_board_can_read_since_when_erpnext_is_away(there: Field) -> None:
    there.site.faults.order(Fault(FaultKind.UNAVAILABLE, times=None))
    await there.tap("note", {"text": "un"})
    for _ in range(6):
        await there.worker.deliver_next()
        await there.sleep(60)

    state = await there.writer.run(lambda conn: shadows.read_state(conn, "erpnext"))

    assert state is not None
    assert state.down_since is not None
    assert state.error == "html-503"


async def test_a_refused_token_stops_everything_and_drops_nothing(there: Field) -> None:
    secret = there.site.document("User", SYNC_USER)["api_secret"]
    there.site.write_silently("User", SYNC_USER, api_secret=secret[::-1])
    for name in (REPAIR, OTHER):
        await there.tap("note", {"text": "un"}, name)

    assert await there.worker.deliver_next()
    assert not await there.worker.deliver_next()

    assert {(state, tries) for state, tries, _ in there.lanes().values()} == {("due", 0)}
    assert there.open_mutations() == 2
    there.after(3600, lambda: there.site.write_silently("User", SYNC_USER, api_secret=secret))
    await there.worker.deliver_until_empty()
    assert {fate for fate, _ in there.receipts().values()} == {Fate.FILED}
    assert len(there.requests("GET")) < 3600 / 60 + 20


async def test_too_many_requests_waits_as_long_as_the_site_wishes(there: Field) -> None:
    await there.tap("note", {"text": "un"})
    there.site.faults.order(Fault(FaultKind.TOO_MANY_REQUESTS, seconds=900))

    await there.worker.deliver_until_empty()

    assert there.slept_s >= 900


async def test_an_office_edit_in_between_is_merged_and_both_stand(there: Field) -> None:
    await there.tap("status", {"to": "en_route"})
    edit = {"priority": "Urgent", "dispatch_notes": "Sonner deux fois"}
    there.site.faults.order(
        Fault(
            FaultKind.OFFICE_EDIT,
            method="PUT",
            doctype="Dispatch Job",
            name=REPAIR,
            fields=edit,
        )
    )

    await there.worker.deliver_until_empty()

    assert there.document()["status"] == "En Route"
    assert there.document()["priority"] == "Urgent"
    assert there.cells()["priority"] == "Urgent"
    assert there.cells()["status"] == "en_route"
    assert there.writes() == [("status",)]


async def test_a_cancel_between_reading_and_writing_is_not_overwritten(there: Field) -> None:
    tapped = await there.tap("status", {"to": "on_site"})
    cancel = {"status": "Cancelled"}
    there.site.faults.order(
        Fault(
            FaultKind.OFFICE_EDIT,
            method="PUT",
            doctype="Dispatch Job",
            name=REPAIR,
            fields=cancel,
        )
    )

    await there.worker.deliver_until_empty()

    assert there.document()["status"] == "Cancelled"
    assert there.receipts()[tapped][0] is Fate.CONFLICT


async def test_a_document_that_the_office_keeps_saving_is_tried_again_later(there: Field) -> None:
    await there.tap("status", {"to": "en_route"})
    edit = Fault(
        FaultKind.OFFICE_EDIT,
        times=40,
        method="PUT",
        doctype="Dispatch Job",
        name=REPAIR,
        fields={"priority": "Low"},
    )
    there.site.faults.order(edit)

    assert await there.worker.deliver_next()
    assert [(s, t, e) for s, t, e in there.lanes().values()] == [("due", 1, "stale")]
    await there.worker.deliver_until_empty()

    assert there.document()["status"] == "En Route"
    assert not [path for path in there.requests("GET") if "get_logged_user" in path]


async def test_the_offices_cancel_stands_and_the_finished_work_is_kept(there: Field) -> None:
    await there.tap("status", {"to": "on_site"})
    note = await there.tap("note", {"text": "Réparé"})
    done = await there.tap("status", {"to": "completed"})
    there.site.edit_as_office("Dispatch Job", REPAIR, status="Cancelled")

    await there.worker.deliver_until_empty()

    document, receipts = there.document(), there.receipts()
    assert document["status"] == "Cancelled"
    assert document["completed_at"] == "2026-11-23 08:00:00"
    assert "Réparé" in document["tech_notes"]
    assert there.cells()["status"] == "cancelled"
    assert there.conflicts() == [("status", False)]
    assert receipts[note] == (Fate.FILED, "")
    assert receipts[done][0] is Fate.CONFLICT
    assert len(receipts[done][1]) == 32


async def test_work_that_was_in_conflict_on_arrival_stays_so_when_its_facts_are_filed(
    there: Field,
) -> None:
    there.site.edit_as_office("Dispatch Job", REPAIR, status="Cancelled")
    await there.worker.poll_all()
    done = await there.tap("status", {"to": "on_site"}, base=1)

    await there.worker.deliver_until_empty()

    assert there.document()["status"] == "Cancelled"
    assert there.document()["started_at"] == "2026-11-23 08:00:00"
    assert there.receipts()[done][0] is Fate.CONFLICT


async def test_both_changed_the_access_code_and_the_offices_stays(there: Field) -> None:
    place = there.document()["service_location"]
    tapped = await there.tap("edit", {"access_code": "1111"}, place, "location")
    there.site.edit_as_office("Service Location", place, access_code="2222")

    await there.worker.deliver_until_empty()

    assert there.document(place, "Service Location")["access_code"] == "2222"
    assert there.cells(place, "location")["access_code"] == "2222"
    assert there.receipts()[tapped][0] is Fate.CONFLICT


async def test_the_same_change_on_both_sides_is_no_conflict(there: Field) -> None:
    place = there.document()["service_location"]
    tapped = await there.tap("edit", {"access_code": "1111"}, place, "location")
    there.site.edit_as_office("Service Location", place, access_code="1111")

    await there.worker.deliver_until_empty()

    assert there.receipts()[tapped] == (Fate.FILED, "")
    assert there.conflicts() == []
    assert there.writes(place, "Service Location") == []


async def test_what_is_written_under_a_held_completion_does_not_come_back(there: Field) -> None:
    there.site.edit_as_office("Dispatch Job", REPAIR, billable=1, job_type="Installation")
    await there.worker.poll_all()
    await there.tap("status", {"to": "on_hold", "reason": "part"})
    await there.tap("status", {"to": "completed"})

    await there.worker.deliver_until_empty()
    await there.worker.poll_all()

    assert there.document()["status_reason"] == "Attente d'une pièce"
    assert there.conflicts() == []


async def test_a_held_completion_is_not_carried_in_by_an_earlier_step(there: Field) -> None:
    there.site.edit_as_office("Dispatch Job", REPAIR, billable=1, job_type="Installation")
    await there.worker.poll_all()
    on_site = await there.tap("status", {"to": "on_site"})
    held = await there.tap("status", {"to": "completed"})

    await there.worker.deliver_until_empty()

    assert there.cells()["status"] == "completed"
    assert there.document()["status"] == "On Site"
    assert there.document()["completed_at"] is None
    assert set(there.receipts()) == {on_site}
    assert there.ledger(held) == 0
    assert (await there.worker.poll_all(), there.conflicts()) == (0, [])


async def test_a_refusal_parks_its_lane_alone_until_a_human_unparks_it(there: Field) -> None:
    values = there.tools.mapping.values
    wrong = values | {"status": values["status"] | {"en_route": ("Roule",)}}
    right = there.tools
    there.restart(right._replace(mapping=msgspec.structs.replace(right.mapping, values=wrong)))
    refused = await there.tap("status", {"to": "en_route"})
    passed = await there.tap("note", {"text": "un"}, OTHER)

    await there.worker.deliver_until_empty()

    assert there.lanes() == {there.key(): ("parked", 1, "ValidationError")}
    assert there.receipts() == {
        refused: (Fate.REFUSED, "ValidationError"),
        passed: (Fate.FILED, ""),
    }
    there.restart(right)
    key = there.key()
    assert await there.writer.run(lambda conn: lanes.unpark(conn, key, there.now_ms))
    await there.worker.deliver_until_empty()
    assert there.receipts()[refused] == (Fate.FILED, "")


async def test_what_is_added_to_a_parked_lane_is_told_so_and_goes_with_it(there: Field) -> None:
    values = there.tools.mapping.values
    wrong = values | {"status": values["status"] | {"en_route": ("Roule",)}}
    right = there.tools
    there.restart(right._replace(mapping=msgspec.structs.replace(right.mapping, values=wrong)))
    await there.tap("status", {"to": "en_route"})
    await there.worker.deliver_until_empty()

    added = await there.tap("note", {"text": "un"})

    assert there.receipts()[added] == (Fate.REFUSED, "ValidationError")
    there.restart(right)
    there.site.edit_as_office("Dispatch Job", REPAIR, priority="High")  # somebody has been there
    await there.worker.poll_all()
    await there.worker.deliver_until_empty()
    assert there.receipts()[added] == (Fate.FILED, "")
    assert there.document()["status"] == "En Route"


@pytest.mark.parametrize("together", [False, True])
async def test_with_the_choice_on_file_the_mutation_it_was_about_is_settled(
    there: Field, together: bool
) -> None:
    base = there.sequence()
    there.site.edit_as_office("Dispatch Job", REPAIR, status="Cancelled")
    await there.worker.poll_all()
    done = await there.tap("status", {"to": "completed"}, base=base)
    if not together:
        await there.worker.deliver_until_empty()
        assert there.receipts()[done][0] is Fate.CONFLICT

    conflict = there.open_conflict()
    await there.decide("resolve", {"conflict": conflict, "choice": "mine"})
    await there.worker.deliver_until_empty()

    assert there.receipts()[done] == (Fate.FILED, "mine")
    assert there.document()["status"] == "Completed"


async def test_a_field_that_the_site_drops_in_silence_parks_the_lane(there: Field) -> None:
    mapping = there.tools.mapping
    job = mapping.entities["job"]
    status = msgspec.structs.replace(job.cells["status"], field="statut")
    typo = msgspec.structs.replace(job, cells=job.cells | {"status": status})
    entities = mapping.entities | {"job": typo}
    there.restart(there.tools._replace(mapping=msgspec.structs.replace(mapping, entities=entities)))
    tapped = await there.tap("status", {"to": "en_route"})

    await there.worker.deliver_until_empty()

    assert there.receipts()[tapped] == (Fate.REFUSED, "not-kept:statut")
    assert there.open_mutations() == 1


async def test_a_deleted_document_parks_its_lane(there: Field) -> None:
    tapped = await there.tap("note", {"text": "un"})
    there.site.delete_as_office("Dispatch Job", REPAIR)

    await there.worker.deliver_until_empty()

    assert there.receipts()[tapped] == (Fate.REFUSED, "document-missing")
    assert there.lanes() == {there.key(): ("parked", 1, "document-missing")}


async def test_without_a_ledger_in_the_mapping_the_document_alone_is_written(
    there: Field,
) -> None:
    bare = msgspec.structs.replace(there.tools.mapping, ledger=None)
    there.restart(there.tools._replace(mapping=bare))
    tapped = await there.tap("note", {"text": "un"})

    await there.worker.deliver_until_empty()

    assert there.receipts()[tapped] == (Fate.FILED, "")
    assert there.requests("POST") == []


async def test_the_ledger_says_when_it_happened_in_the_sites_zone(there: Field) -> None:
    tapped = await there.tap("note", {"text": "un"})

    await there.worker.deliver_until_empty()

    row = there.document(tapped, "Field Operation")
    assert (row["job"], row["kind"], row["occurred_at"]) == (REPAIR, "note", "2026-11-23 08:00:00")
    assert tapped in row["payload"]
