"""What ERPNext shows of Terrain in a visit, counted from the simulator's request log."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import Engine

from backend.erp.check.checker import usable
from backend.erp.check.findings import Finding, Level, findings
from backend.erp.check.survey import survey
from backend.erp.client import open_http
from backend.erp.mapping import Mapping
from backend.erp.site import SiteClient
from backend.erp.values import local_text
from backend.erp.writing import with_told
from backend.simulators.erpnext import Site
from backend.store.outbox import Claimed
from sync.lane import fresh_lane
from tests.integrations.erp_given import MAPPING, OTHER, REPAIR, ZONE, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
JOB: Final = "Dispatch Job"
FIELDS: Final = {
    "terrain_last_contact": "Datetime",
    "terrain_sync_state": "Data",
    "terrain_verdict": "Data",
    "terrain_link": "Data",
}
ASKED: Final = msgspec.structs.replace(MAPPING, board_url="https://t.example/board")
# What is stored of it is read on both by the tests without this mark.
ON_SQLITE: Final = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def check(simulated: SimulatedSite) -> Sequence[Finding]:
    async with open_http(simulated.base_url, simulated.token, simulated.transport) as http:
        now = datetime.now(UTC)
        return findings(ASKED, await survey(SiteClient(http), ASKED, now))


async def checked(simulated: SimulatedSite) -> Mapping:
    """What is used of the mapping after a check of the site."""
    return usable(ASKED, await check(simulated))


@pytest.fixture
def installed(simulated: SimulatedSite) -> SimulatedSite:
    for name, kind in FIELDS.items():
        add_field(simulated.site, name, kind)
    return simulated


@pytest_asyncio.fixture
async def there(installed: SimulatedSite, engine: Engine) -> AsyncIterator[Field]:
    async with in_the_field(installed, engine, await checked(installed)) as field:
        yield field


def add_field(site: Site, name: str, kind: str, options: str = "") -> None:
    field = {"dt": JOB, "fieldname": name, "fieldtype": kind, "options": options}
    site.seed_document("Custom Field", **field)


def lose_fields(site: Site) -> None:
    kind = site.doctype(JOB)
    rest = tuple(field for field in kind.fields if field.fieldname not in FIELDS)
    site.define([msgspec.structs.replace(kind, fields=rest)])


def sent(there: Field) -> list[dict[str, Any]]:
    """What each PUT of the visit said."""
    entries = there.site.log.entries()
    return [e.body for e in entries if e.method == "PUT" and e.path.endswith(REPAIR)]


def written(
    theirs: dict[str, Any], cells: dict[str, Any] | None = None, mapping: Mapping = ASKED
) -> dict[str, Any]:
    """What a write of the status says to a document that a visit of no phone has."""
    claimed = Claimed("job/x", fresh_lane(0), REPAIR, "", (), cells or {})
    return with_told(mapping, mapping.entities["job"], claimed, theirs, {"status": "En Route"})


def told(there: Field, name: str = REPAIR) -> dict[str, Any]:
    return {field: there.document(name).get(field) for field in FIELDS}


async def test_a_visits_write_tells_of_terrain_in_the_same_request(there: Field) -> None:
    spoke = local_text(there.now_ms, ZONE)
    await there.tap("status", {"to": "en_route"})

    await there.worker.deliver_until_empty()

    assert len(sent(there)) == 1
    assert told(there) == {
        "terrain_last_contact": spoke,
        "terrain_sync_state": "Au dossier",
        "terrain_verdict": None,
        "terrain_link": f"https://t.example/board?visit={there.key().partition('/')[2]}",
    }


@ON_SQLITE
async def test_that_a_phone_spoke_again_is_no_reason_to_write(there: Field) -> None:
    there.site.edit_as_office(JOB, REPAIR, status="En Route")
    await there.tap("status", {"to": "en_route"})

    await there.worker.deliver_until_empty()

    assert sent(there) == []
    assert there.open_mutations() == 0


@ON_SQLITE
async def test_many_visits_are_told_in_their_one_request(
    there: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.erp.deliveries.LEAST", 2)
    for name in (REPAIR, OTHER):
        await there.tap("status", {"to": "en_route"}, name)

    await there.worker.deliver_until_empty()

    assert sum("bulk_update" in path for path in there.requests("POST")) == 1
    assert sent(there) == []
    states = [told(there, name)["terrain_sync_state"] for name in (REPAIR, OTHER)]
    assert states == ["Au dossier", "Au dossier"]


@ON_SQLITE
async def test_what_the_document_is_told_is_never_read_back(there: Field) -> None:
    await there.tap("status", {"to": "en_route"})
    await there.worker.deliver_until_empty()
    there.site.edit_as_office(JOB, REPAIR, terrain_sync_state="Perdu", terrain_link="")

    assert await there.worker.poll_all() == 0
    assert there.conflicts() == []
    assert "Perdu" not in there.cells().values()


async def test_a_completion_that_is_held_back_is_told_until_it_is_released(there: Field) -> None:
    there.site.edit_as_office(JOB, REPAIR, billable=1, required_photos=1, job_type="Removal")
    await there.worker.poll_all()
    await there.tap("status", {"to": "on_site"})
    await there.tap("status", {"to": "completed"})
    await there.worker.deliver_until_empty()
    held = told(there)["terrain_sync_state"]

    await there.decide("release", {"reason": "vu sur place"})
    await there.worker.deliver_until_empty()

    assert held == "Reçu, au dossier après vérification"
    assert told(there)["terrain_sync_state"] == "Au dossier"


@ON_SQLITE
async def test_two_values_that_a_human_must_choose_between_are_told(there: Field) -> None:
    there.site.edit_as_office(JOB, REPAIR, status="Cancelled")
    await there.tap("status", {"to": "en_route"})
    await there.tap("note", {"text": "porte rouge"})

    await there.worker.deliver_until_empty()

    assert told(there)["terrain_sync_state"] == "À trancher"


@ON_SQLITE
async def test_a_field_that_the_site_lost_since_its_check_holds_up_no_visit(
    there: Field,
) -> None:
    lose_fields(there.site)
    await there.tap("status", {"to": "en_route"})

    await there.worker.deliver_until_empty()

    assert there.document()["status"] == "En Route"
    assert there.lanes() == {}


def test_a_site_that_was_never_checked_is_told_nothing() -> None:
    assert usable(ASKED, ()).entities["job"].told == {}


async def test_a_field_that_would_refuse_our_words_is_not_used(simulated: SimulatedSite) -> None:
    add_field(simulated.site, "terrain_sync_state", "Select", "Au dossier\nÀ trancher")
    add_field(simulated.site, "terrain_last_contact", "Data")
    add_field(simulated.site, "terrain_link", "Data")

    found = [line for line in await check(simulated) if line.code in ("told", "no-told")]

    assert found == [
        Finding(Level.NOTE, f"{JOB}.terrain_last_contact", "no-told", "last_contact"),
        Finding(Level.NOTE, f"{JOB}.terrain_sync_state", "no-told", "sync_state"),
        Finding(Level.NOTE, f"{JOB}.terrain_verdict", "no-told", "verdict"),
        Finding(Level.OK, f"{JOB}.terrain_link", "told", "link"),
    ]
    assert usable(ASKED, found).entities["job"].told == {"link": "terrain_link"}


async def test_a_site_without_the_fields_is_told_nothing(simulated: SimulatedSite) -> None:
    assert (await checked(simulated)).entities["job"].told == {}


def test_the_last_check_of_the_line_is_told() -> None:
    cells = {
        "verifications/b": {"verdict": "pass", "at": 2, "by": "Terrain"},
        "verifications/a": {"verdict": "fail", "at": 1, "by": "Terrain"},
    }

    assert written({}, cells=cells)["terrain_verdict"] == "Conforme"


def test_what_is_told_already_is_not_sent_again() -> None:
    before = written({})

    assert set(before) == {"status", "terrain_sync_state", "terrain_link"}
    assert written(before) == {"status": "En Route"}


def test_a_board_without_a_public_address_is_no_link() -> None:
    assert "terrain_link" not in written({}, mapping=MAPPING)


def test_what_a_field_cannot_take_is_left_out() -> None:
    long = msgspec.structs.replace(MAPPING, board_url="https://t.example/" + "x" * 140)

    assert "terrain_link" not in written({}, mapping=long)
