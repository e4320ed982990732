"""The installation report: everything that is on record, nothing that is not, safe to open."""

import html
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

import jinja2
import pytest
from httpx import ASGITransport, AsyncClient
from litestar import Litestar
from litestar.di import Provide
from sqlalchemy import Connection

from backend.auth.answers import exception_handlers
from backend.auth.headers import security_headers
from backend.auth.staff import Staff
from backend.cpe.report.api import installation_report, printed_report
from backend.cpe.report.content import report_of
from backend.cpe.report.sheet import sheet_body, sheet_page
from backend.settings import Settings
from backend.store.apply import apply_mutations, apply_pushes
from backend.store.store import Store, open_store
from sync.protocol import Kind, Mutation
from sync.state import Actor, ActorKind
from tests.given import CLOCK, JOB, MARC, NOW_MS, a_visit, mutation, push, upstream, uuid7
from tests.rows import row

LOCATION = "location/00000000-0000-7000-8000-0000000000b1"
CONTACT = "contact/00000000-0000-7000-8000-0000000000c1"
SYSTEM = Actor(ActorKind.SYSTEM, "check", "Vérification", "check")
BLOB = "ab" * 32
ZONE = ZoneInfo("America/Toronto")
WEAK = {
    "id": "rx_ont",
    "result": "fail",
    "reason": "light-too-low",
    "value": -28.1,
    "unit": "dBm",
    "source": "olt",
    "measured_at": NOW_MS,
    "low": -27.0,
    "high": -8.0,
    "remarks": ["asymmetry"],
}
UNESCAPED = jinja2.Environment(  # noqa: S701 - what the control keeps us from
    undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
).from_string(Path("backend/cpe/report/report.html.j2").read_text("utf-8"))
Work = Callable[[Connection], Any]


class Office(NamedTuple):
    """A dispatcher's browser, and the store behind it."""

    client: AsyncClient
    store: Store

    async def given(self, *work: Work) -> None:
        """Change the store."""
        for each in work:
            await self.store.writer.run(each)

    async def report(self, lang: str = "") -> str:
        """The words of the visit's report."""
        visit = JOB.partition("/")[2]
        answer = await self.client.get(f"/board/visits/{visit}/report{lang}")
        assert answer.status_code == 200, answer.text
        text = re.sub(r"<style>.*</style>|<[^>]+>", " ", answer.text, flags=re.DOTALL)
        return " ".join(html.unescape(text).split())


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """Marc's visit at a customer's of whom little is known."""
    store = open_store(database_url, lambda: CLOCK, lambda _poked: None)
    settings = Settings(data=str(tmp_path), pwa=str(tmp_path / "dist"))
    dispatcher = Staff("julie@example.test", ())
    served = Litestar(
        [installation_report, printed_report],
        dependencies={
            "staff": Provide(lambda: dispatcher, sync_to_thread=False),
            "store": Provide(lambda: store, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "now_ms": Provide(lambda: NOW_MS, sync_to_thread=False),
            "bridge": Provide(lambda: None, sync_to_thread=False),
        },
        exception_handlers=exception_handlers(settings.office_phone),
        before_send=[security_headers()],
        logging_config=None,
    )
    await store.writer.run(a_customer)
    transport = ASGITransport(cast(Any, served))
    async with AsyncClient(transport=transport, base_url="https://board.test") as client:
        yield Office(client, store)
    await store.close()


def a_customer(conn: Connection) -> None:
    """A visit at Mme Lachapelle's."""
    upstream(conn, 1, MARC, "TECH-1", full_name="Marc Tremblay", active=True)
    upstream(conn, 11, LOCATION, "LOC-1", street="1240, rue des Érables", access_code="1234#")
    upstream(conn, 12, CONTACT, "CONT-1", full_name="Ginette <b>Lachapelle</b>")
    a_visit(conn, location=LOCATION, contact=CONTACT, status="on_site")


def by_marc(*mutations: Mutation) -> Work:
    """What Marc's phone sends."""
    return lambda conn: apply_pushes(conn, [push(*mutations)], CLOCK)


def by_terrain(number: int, kind: str, args: dict[str, Any]) -> Work:
    """What the server says itself."""
    change = mutation(number, kind, args)
    return lambda conn: apply_mutations(conn, SYSTEM, [change], CLOCK)


async def test_a_report_has_what_was_fitted_measured_done_and_signed(office: Office) -> None:
    fitted = {"action": "install", "serial": "TPLG1A2B3C4D", "type": "ONT", "source": "barcode"}
    await office.given(
        by_marc(
            mutation(1, "equipment", fitted),
            mutation(2, "check", {"item": "c1", "done": True}),
            mutation(3, "verify", {"reason": "install", "rx_dbm": -27.9, "blob": BLOB}),
            mutation(4, "photo", {"blob": BLOB, "slot": "ONT"}),
            mutation(5, "signature", {"name": "G. Lachapelle", "moment": "conformity"}),
        ),
        by_terrain(
            60,
            Kind.VERIFIED,
            {
                "verification": uuid7(3),
                "verdict": "fail",
                "checks": [WEAK],
                "measured_at": NOW_MS + 42 * 60_000,
                "version": 1,
            },
        ),
    )

    said = await office.report()

    assert "Rapport d'installation Visite en cours : rapport provisoire." in said
    assert "1240, rue des Érables" in said
    assert "TPLG1A2B3C4D ONT Installé" in said
    assert "Mesurer le signal 2026-" in said
    assert "Nettoyer le connecteur pas faite" in said
    assert re.search(r"Non conforme Mesurée le .*, demandée le .*, règles n° 1", said)
    assert "Signal trop faible Le signal se perd plus dans un sens que dans l'autre" in said
    assert "−28,1 dBm −27 à −8 réseau (OLT)" in said
    assert f"Mesure au wattmètre du technicien : −27,9 dBm – SHA-256 {BLOB}" in said
    assert "Pas encore reçue : elle est sur l'appareil du technicien." in said
    assert "Conformité des travaux · G. Lachapelle" in said
    assert "1234#" not in said


async def test_what_is_missing_is_never_a_pass(office: Office) -> None:
    await office.given(by_marc(mutation(1, "verify", {"reason": "install"})))

    assert "Non vérifiée : aucun résultat reçu." in await office.report()
    assert "Conforme" not in await office.report()
    assert "Not verified: no result received." in await office.report("?lang=en")


async def test_a_later_check_is_the_report_and_the_earlier_light_its_story(office: Office) -> None:
    good = WEAK | {"result": "pass", "reason": "good", "value": -22.4, "remarks": []}
    for number, (verdict, line) in enumerate([("fail", WEAK), ("warning", good)]):
        args = {"verdict": verdict, "checks": [line], "measured_at": NOW_MS + number}
        await office.given(by_terrain(60 + number, Kind.VERIFIED, args))
    newest = {"verification": uuid7(61), "reason": "Long câble"}
    await office.given(by_marc(mutation(1, "accept", newest)))

    said = await office.report("?lang=en")

    assert "Installation report" in said
    assert re.search(r"Marginal Measured on .* Accepted by Marc on .*: Long câble", said)
    assert "Light from one try to the next: −28.1 → −22.4 dBm" in said


async def test_two_wishes_that_one_check_answers_are_one_reading_of_the_story(
    office: Office,
) -> None:
    port = {"id": "lan_link", "result": "pass", "value": 1000.0, "unit": "Mbit/s", "low": 1000.0}
    for number in range(2):
        args = {"verdict": "fail", "checks": [WEAK, port], "measured_at": NOW_MS}
        await office.given(by_terrain(60 + number, Kind.VERIFIED, args))

    said = await office.report()

    assert "→" not in said
    assert "1 000 Mbit/s au moins 1 000" in said


async def test_what_people_wrote_is_text_and_no_script_may_run(office: Office) -> None:
    visit = JOB.partition("/")[2]

    answer = await office.client.get(f"/board/visits/{visit}/report")

    assert "Ginette &lt;b&gt;Lachapelle&lt;/b&gt;" in answer.text
    assert "<script" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe-inline'" not in policy
    assert "sha256-" in policy
    assert answer.headers["cache-control"] == "no-store"


async def test_a_visit_that_is_not_here_has_no_report(office: Office) -> None:
    answer = await office.client.get("/board/visits/none/report")

    assert answer.status_code == 404


async def test_without_a_bridge_the_office_hears_that_the_page_can_be_printed(
    office: Office,
) -> None:
    visit = JOB.partition("/")[2]
    asked = {"Accept": "text/html"}

    answer = await office.client.get(f"/board/visits/{visit}/report.pdf", headers=asked)

    assert answer.status_code == 503
    assert "La page du rapport s&#x27;imprime quand même." in answer.text
    assert "The PDF cannot be made now." in answer.text


def test_what_is_no_evidence_is_never_printed() -> None:
    for body in (b"<h1>x</h1>", b'{"html": "<h1>x</h1>"}'):
        with pytest.raises(ValueError, match="Error"):
            sheet_page(body)


@row(39, without={"backend.cpe.report.render._TEMPLATE": UNESCAPED})
def test_a_sheet_says_the_same_and_names_nothing_to_fetch() -> None:
    photo = {"at": NOW_MS, "by": "Marc", "blob": BLOB, "slot": "ont", "received_at": NOW_MS}
    report = report_of({"subject": "<b>Pose</b>", "photos/1": photo}, {})

    sheet = sheet_page(sheet_body(report, "en", ZONE, NOW_MS))

    assert "&lt;b&gt;Pose&lt;/b&gt;" in sheet
    assert BLOB in sheet
    assert not re.findall(r"<(?:img|link|script|iframe|a)\b|(?:src|href)=|url\(", sheet)
