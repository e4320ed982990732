"""A check of a line in ERPNext: a row of its visit, and its evidence as a file, each once."""

import hashlib
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
from backend.errors import Refused, Unavailable
from backend.simulators.erpnext import Fault, FaultKind
from backend.store.apply import apply_mutations
from backend.store.blobs.place import BlobName
from backend.store.blobs.received import SERVER, received_by
from backend.store.blobs.uploads import Quota, Upload, complete_upload, create_upload
from backend.store.outgoing import read_outgoing
from backend.store.receipts import Recorded
from backend.store.verifications import begin, checks_to_make, keep_evidence, tell
from sync.protocol import Fate
from tests.integrations.erp_given import DEVICE, MAPPING, REPAIR, ZONE, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite
from tests.integrations.test_erp_check import redefine, without

pytest_plugins = ["tests.integrations.erpnext_site"]
ON_SQLITE: Final = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BODY: Final = '{"verdict":"é"}'.encode()
TABLE: Final = "terrain_checks"
LIGHT: Final = {"id": "rx_ont", "result": "fail", "reason": "rx-weak", "value": -28.1}
HOUR_S: Final = 3600.0


METER: Final = b"\xff\xd8 -21,4 dBm"
SHEET: Final = b"%PDF-1.4 rapport"


class Printer:
    """The bridge: it prints, is away, or refuses."""

    def __init__(self, away: Unavailable | Refused | None = None) -> None:
        self.away, self.printed = away, list[str]()

    async def pdf(self, key: str) -> bytes:
        """As `backend.cpe.report.printed` gives it."""
        if self.away is not None:
            raise self.away
        self.printed.append(key)
        return SHEET


class Line(NamedTuple):
    """A visit of which checks are asked for, and answered."""

    field: Field
    printer: Printer | None = None

    async def read(self, name: BlobName) -> bytes:
        """The one photo."""
        if name.sha256 != hashlib.sha256(METER).hexdigest():
            raise FileNotFoundError(name.sha256)
        return METER

    async def ask(self, **measured: Any) -> str:
        """Marc asks for a check; ERPNext hears of it."""
        asked = await self.field.tap("verify", {"reason": "install"} | measured)
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
        chance, printer = field.entropy.random, self.printer
        await Worker(field.tools, field.sleep, chance, photos=self, reports=printer).attach_all()

    async def receive_photo(self) -> None:
        """The bytes of the meter's photo come."""
        upload, digest = self.field.tools.new_id(), hashlib.sha256(METER).hexdigest()
        wanted = Upload(upload, DEVICE, digest, "image/jpeg", len(METER))

        def whole(conn: Connection) -> Recorded:
            clock = self.field.tools.clock()
            create_upload(conn, wanted, Quota())
            complete_upload(conn, upload, clock.now_ms)
            told = received_by(conn, upload, clock.now_ms)
            return Recorded(apply_mutations(conn, SERVER, told, clock).poked)

        await self.field.writer.run(whole)

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
async def test_the_report_and_the_meter_s_photo_are_files_beside_the_evidence(line: Line) -> None:
    line = line._replace(printer=Printer())
    asked = await line.ask(rx_dbm=-21.4, blob=hashlib.sha256(METER).hexdigest())
    await line.receive_photo()
    await line.answer()

    await line.attach()

    expected = {f"{asked}.json": BODY, f"{asked}.jpg": METER, f"{asked}.pdf": SHEET}
    assert dict(line.files()) == expected
    assert len(line.files()) == 3


@ON_SQLITE
async def test_a_meter_s_photo_that_comes_days_later_follows_alone(line: Line) -> None:
    line = line._replace(printer=Printer())
    asked = await line.ask(rx_dbm=-21.4, blob=hashlib.sha256(METER).hexdigest())
    await line.answer()
    await line.attach()
    before = [name for name, _ in line.files()]

    line.field.clock.advance(48 * HOUR_S)
    await line.receive_photo()
    await line.attach()

    assert before == [f"{asked}.json", f"{asked}.pdf"]
    assert [name for name, _ in line.files()] == [*before, f"{asked}.jpg"]
    assert len(line.printer.printed if line.printer else ()) == 1


@ON_SQLITE
async def test_while_nobody_prints_the_evidence_goes_and_the_report_follows(line: Line) -> None:
    printer = Printer(Unavailable("connection"))
    line = line._replace(printer=printer)
    asked = await line.ask()
    await line.answer()

    for _ in range(30):  # more often than what is a document's own fault is tried
        await line.attach()
        line.field.clock.advance(HOUR_S)
    meanwhile = [name for name, _ in line.files()]
    printer.away = None
    await line.attach()

    assert meanwhile == [f"{asked}.json"]
    assert [name for name, _ in line.files()] == [f"{asked}.json", f"{asked}.pdf"]


@ON_SQLITE
async def test_a_report_that_the_bridge_refuses_is_the_office_s_to_see(line: Line) -> None:
    line = line._replace(printer=Printer(Refused("bad-report")))
    asked = await line.ask()
    await line.answer()

    await line.attach()

    with line.field.engine.begin() as conn:
        parked = read_outgoing(conn).parked
    assert [name for name, _ in line.files()] == [f"{asked}.json"]
    assert [row.error for row in parked] == ["report:bad-report"]


@ON_SQLITE
async def test_a_photo_that_comes_while_its_evidence_is_sent_is_not_forgotten(line: Line) -> None:
    asked = await line.ask(rx_dbm=-21.4, blob=hashlib.sha256(METER).hexdigest())
    await line.answer()

    class Slow(Printer):
        async def pdf(self, key: str) -> bytes:
            line.field.clock.advance(1)
            await line.receive_photo()
            return await super().pdf(key)

    line = line._replace(printer=Slow())
    await line.attach()

    assert f"{asked}.jpg" in dict(line.files())


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
