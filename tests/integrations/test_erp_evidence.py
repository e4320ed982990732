"""A check of a line in ERPNext: a row of its visit, and its evidence as a file, each once."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import pytest
import pytest_asyncio
from sqlalchemy import Connection, Engine

from backend.erp.check.checker import usable
from backend.erp.check.findings import Finding, Level, findings
from backend.erp.check.survey import survey
from backend.erp.client import open_http
from backend.erp.site import SiteClient
from backend.erp.values import local_text
from backend.erp.worker import Worker
from backend.simulators.erpnext import Fault, FaultKind
from backend.store.blobs.place import BlobName
from backend.store.outgoing import read_outgoing
from backend.store.receipts import Recorded
from backend.store.verifications import begin, checks_to_make, keep_evidence, tell
from sync.protocol import Fate
from tests.integrations.erp_given import MAPPING, REPAIR, ZONE, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite
from tests.integrations.test_erp_check import redefine, without

pytest_plugins = ["tests.integrations.erpnext_site"]
ON_SQLITE: Final = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BODY: Final = '{"verdict":"é"}'.encode()
TABLE: Final = "terrain_checks"
LIGHT: Final = {"id": "rx_ont", "result": "fail", "reason": "rx-weak", "value": -28.1}
HOUR_S: Final = 3600.0


class Line(NamedTuple):
    """A visit of which checks are asked for, and answered."""

    field: Field

    async def read(self, name: BlobName) -> bytes:
        """No photo is there."""
        raise FileNotFoundError(name.sha256)

    async def ask(self) -> str:
        """Marc asks for a check; ERPNext hears of it."""
        asked = await self.field.tap("verify", {"reason": "install"})
        await self.field.worker.deliver_until_empty()
        return asked

    async def answer(self) -> None:
        """The server ends all that was asked."""
        clock = self.field.tools.clock()
        found = {"verdict": "fail", "checks": [LIGHT], "version": 1, "measured_at": clock.now_ms}

        def ended(conn: Connection) -> Recorded:
            waiting = checks_to_make(conn)
            check = begin(conn, waiting[0], {"state": "running"}, clock).check
            assert check is not None
            filed = tell(conn, check, {"state": "done", **found}, "end", clock)
            keep_evidence(conn, check, BODY, 1, clock)
            return Recorded(filed.poked)

        await self.field.writer.run(ended)
        await self.field.worker.deliver_until_empty()

    async def attach(self) -> None:
        """What is due becomes a file."""
        field = self.field
        await Worker(field.tools, field.sleep, field.entropy.random, photos=self).attach_all()

    def rows(self) -> list[dict[str, Any]]:
        """The checks that the visit's document has."""
        return list(self.field.document().get(TABLE) or ())

    def files(self) -> list[tuple[str, bytes]]:
        """The files of the visit."""
        site = self.field.site
        rows = [each for each in site.database.rows("File") if each["attached_to_name"] == REPAIR]
        return [(str(row["file_name"]), site.files[row["file_url"]]) for row in rows]


@pytest_asyncio.fixture
async def line(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Line]:
    async with in_the_field(simulated, engine) as field:
        yield Line(field)


async def checked(simulated: SimulatedSite) -> tuple[Finding, ...]:
    async with open_http(simulated.base_url, simulated.token, simulated.transport) as http:
        return findings(MAPPING, await survey(SiteClient(http), MAPPING, datetime.now(UTC)))


@ON_SQLITE
async def test_a_check_is_a_row_of_its_visit_once_it_has_ended(line: Line) -> None:
    asked = await line.ask()
    before = line.rows()

    await line.answer()

    row = line.rows()[0]
    assert before == []
    assert (row["check_id"], row["verdict"], row["rx_dbm"]) == (asked, "Non conforme", -28.1)
    assert (row["evidence"], row["rules"]) == (f"{asked}.json", 1)
    assert row["measured_at"] == local_text(line.field.now_ms, ZONE)


@ON_SQLITE
async def test_why_a_check_counts_though_it_failed_is_told_in_its_row(line: Line) -> None:
    asked = await line.ask()
    await line.answer()

    await line.field.decide("accept", {"verification": asked, "reason": "Câble à refaire mardi"})
    await line.field.worker.deliver_until_empty()

    assert [row["accepted"] for row in line.rows()] == ["Câble à refaire mardi"]


@ON_SQLITE
async def test_evidence_is_one_private_file_however_often_its_answer_is_lost(line: Line) -> None:
    asked = await line.ask()
    await line.answer()
    line.field.site.faults.order(Fault(FaultKind.LOST_ANSWER, path="upload_file"))

    await line.attach()
    line.field.clock.advance(HOUR_S)
    await line.attach()
    await line.attach()

    assert line.files() == [(f"{asked}.json", BODY)]


@ON_SQLITE
async def test_evidence_that_the_site_refuses_is_the_offices_to_see_not_the_phones(
    line: Line,
) -> None:
    asked = await line.ask()
    await line.answer()
    line.field.site.database.remove("Dispatch Job", REPAIR)

    await line.attach()

    with line.field.engine.begin() as conn:
        outgoing = read_outgoing(conn)
    assert [row.error for row in outgoing.parked] == ["document-missing"]
    assert outgoing.photos == 0
    assert line.field.receipts()[asked] == (Fate.FILED, "")


@ON_SQLITE
async def test_a_site_without_the_table_does_without_and_the_check_says_so(
    simulated: SimulatedSite, engine: Engine
) -> None:
    redefine(simulated.site, "Dispatch Job", without(TABLE))
    found = await checked(simulated)
    async with in_the_field(simulated, engine, usable(MAPPING, found)) as field:
        line = Line(field)
        await line.ask()
        await line.answer()
        await line.attach()

        lacking = [each for each in found if each.code == "no-rows"]
        assert [(each.level, each.about) for each in lacking] == [
            (Level.NOTE, f"Dispatch Job.{TABLE}")
        ]
        assert field.open_mutations() == 0
        assert len(line.files()) == 1


async def test_a_site_with_the_table_is_told_its_rows(simulated: SimulatedSite) -> None:
    fitting = usable(MAPPING, await checked(simulated))

    assert "verifications" in fitting.entities["job"].tables
