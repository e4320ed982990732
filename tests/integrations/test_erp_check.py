"""What `terrain erp check` finds on a site: against the simulator, or a real site unchanged."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from backend.erp.check.findings import Finding, Level, findings, is_sound
from backend.erp.check.survey import survey
from backend.erp.check.words import WORDS, table
from backend.erp.client import open_http
from backend.erp.console import check_site
from backend.erp.site import SiteClient
from backend.simulators.erpnext import SYNC_USER, Site
from backend.simulators.erpnext.building import add_user
from backend.simulators.erpnext.field_doctypes import SYNC_ROLE
from backend.simulators.erpnext.schema import Field, Permission
from tests.integrations.erp_given import MAPPING
from tests.integrations.erpnext_site import ErpnextSite, SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
JOB = "Dispatch Job"
LATE = timedelta(seconds=90)


async def check(site: ErpnextSite, now: datetime, mapping: Any = MAPPING) -> tuple[Finding, ...]:
    async with open_http(site.base_url, site.token, site.transport) as http:
        return findings(mapping, await survey(SiteClient(http), mapping, now))


async def problems(simulated: SimulatedSite, **mapping: Any) -> list[Finding]:
    own = msgspec.structs.replace(MAPPING, **mapping)
    lines = await check(simulated, simulated.clock(), own)
    return [line for line in lines if line.level is not Level.OK]


def redefine(site: Site, doctype: str, change: Callable[[Field], Field | None]) -> None:
    """Change the fields of a doctype, or drop those for which there is none."""
    kind = site.doctype(doctype)
    fields = tuple(changed for field in kind.fields if (changed := change(field)))
    document = site.document("DocType", doctype)
    names = {field.fieldname for field in fields}
    rows = [row for row in document["fields"] if row["fieldname"] in names]
    told = {field.fieldname: field for field in fields}
    rows = [row | _row(told[row["fieldname"]]) for row in rows]
    site.write_silently("DocType", doctype, fields=rows)
    site.define([msgspec.structs.replace(kind, fields=fields)])


def _row(field: Field) -> dict[str, Any]:
    return {
        "fieldtype": field.fieldtype,
        "options": field.options,
        "unique": int(field.unique),
    }


def changed(fieldname: str, **values: Any) -> Callable[[Field], Field]:
    return lambda each: (
        msgspec.structs.replace(each, **values) if each.fieldname == fieldname else each
    )


def without(fieldname: str) -> Callable[[Field], Field | None]:
    return lambda each: None if each.fieldname == fieldname else each


def grant(site: Site, doctype: str, rights: str) -> None:
    kind = site.doctype(doctype)
    rows = tuple(row for row in kind.permissions if row.role != SYNC_ROLE)
    mine = Permission(SYNC_ROLE, frozenset(rights.split()))
    site.define([msgspec.structs.replace(kind, permissions=(*rows, mine))])


@pytest_asyncio.fixture
async def lines(erpnext_site: ErpnextSite) -> AsyncIterator[tuple[Finding, ...]]:
    yield await check(erpnext_site, erpnext_site.now())


async def test_a_site_that_fits_the_mapping_is_sound(lines: tuple[Finding, ...]) -> None:
    assert [line for line in lines if line.level is Level.MISSING] == []
    assert {"account", "zone", "clock"} <= {line.about for line in lines}
    assert {entity.doctype for entity in MAPPING.entities.values()} <= {
        line.about for line in lines if line.level is Level.OK
    }


async def test_the_check_writes_nothing(simulated: SimulatedSite) -> None:
    await check(simulated, simulated.clock())

    asked = simulated.site.log.entries()
    assert {entry.method for entry in asked} == {"GET"}
    assert [entry.effects for entry in asked if entry.effects] == []


async def test_what_only_install_can_add_is_a_note(simulated: SimulatedSite) -> None:
    assert await problems(simulated) == [
        Finding(Level.NOTE, "Customer.terrain_id", "no-id"),
        Finding(Level.NOTE, "Service Location.terrain_id", "no-id"),
        Finding(Level.NOTE, "Service Equipment.terrain_id", "no-id"),
        Finding(Level.NOTE, "Dispatch Job.terrain_id", "no-id"),
        *(
            Finding(Level.NOTE, f"Dispatch Job.{field}", "no-told", name)
            for name, field in MAPPING.entities["job"].told.items()
        ),
        Finding(Level.NOTE, "Deleted Document", "no-deletions"),
    ]


async def test_administrator_is_refused(simulated: SimulatedSite) -> None:
    add_user(simulated.site, "Administrator", "Admin", [SYNC_ROLE])
    simulated.token = simulated.site.user_token("Administrator")

    found = await problems(simulated)

    assert Finding(Level.MISSING, "account", "administrator", "Administrator") in found


@pytest.mark.parametrize(
    ("doctype", "change", "expected"),
    [
        (JOB, without("completed_at"), Finding(Level.MISSING, f"{JOB}.completed_at", "no-field")),
        (
            JOB,
            changed("started_at", fieldtype="Data"),
            Finding(Level.MISSING, f"{JOB}.started_at", "type-differs", "Data ≠ Datetime"),
        ),
        (
            JOB,
            changed("customer", options="Contact"),
            Finding(Level.MISSING, f"{JOB}.customer", "link-differs", "Contact ≠ Customer"),
        ),
        (
            JOB,
            changed("status", options="Open\nAssigned\nEn Route\nOn Site\nCompleted\nCancelled\nX"),
            Finding(Level.MISSING, f"{JOB}.status", "no-option", "On Hold (on_hold)"),
        ),
        (
            JOB,
            changed("status", options="Open\nAssigned\nEn Route\nOn Site\nCompleted\nCancelled\nX"),
            Finding(Level.NOTE, f"{JOB}.status", "strange-option", "X"),
        ),
        (
            "Dispatch Job Checklist",
            without("item_id"),
            Finding(Level.MISSING, "Dispatch Job Checklist.item_id", "no-field"),
        ),
        (
            "Service Equipment",
            changed("serial_number", unique=False),
            Finding(Level.NOTE, "Service Equipment.serial_number", "not-unique"),
        ),
    ],
)
async def test_a_field_that_does_not_fit_is_named(
    simulated: SimulatedSite,
    doctype: str,
    change: Callable[[Field], Field | None],
    expected: Finding,
) -> None:
    redefine(simulated.site, doctype, change)

    assert expected in await problems(simulated)


async def test_documents_that_are_named_otherwise_are_told(simulated: SimulatedSite) -> None:
    simulated.site.write_silently("DocType", "Technician", autoname="field:email")
    kind = simulated.site.doctype("Technician")
    simulated.site.define([msgspec.structs.replace(kind, autoname="field:email")])

    expected = Finding(Level.MISSING, "Technician", "naming-differs", "field:email ≠ series")
    assert expected in await problems(simulated)


async def test_a_doctype_that_is_not_there_is_one_line(simulated: SimulatedSite) -> None:
    simulated.site.doctypes.pop("Service Subscription")

    found = await problems(simulated)

    about = [line for line in found if line.about.startswith("Service Subscription")]
    assert about == [Finding(Level.MISSING, "Service Subscription", "no-doctype")]


async def test_without_its_ledger_terrain_says_so_and_the_site_is_sound(
    simulated: SimulatedSite,
) -> None:
    simulated.site.doctypes.pop("Field Operation")

    found = await problems(simulated)

    assert Finding(Level.NOTE, "Field Operation", "no-ledger") in found
    assert is_sound(tuple(found))


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        ("read create", [("no-right", "write")]),
        ("read write", [("no-right", "create")]),
        ("read write create delete", [("delete-granted", "")]),
        ("write create", [("no-right", "read"), ("no-right", "write"), ("no-right", "create")]),
    ],
)
async def test_rights_too_few_or_too_many_are_named(
    simulated: SimulatedSite, rights: str, expected: list[tuple[str, str]]
) -> None:
    grant(simulated.site, JOB, rights)

    found = [line for line in await problems(simulated) if line.about == JOB]

    assert [(line.code, line.detail) for line in found] == expected


async def test_another_zone_and_a_wrong_clock_are_named(simulated: SimulatedSite) -> None:
    simulated.site.zone = "America/Halifax"

    lines = await check(simulated, simulated.clock() + LATE)

    assert (
        Finding(Level.MISSING, "zone", "zone-differs", "America/Halifax ≠ America/Toronto") in lines
    )
    assert Finding(Level.MISSING, "clock", "clock-differs", "-90 s") in lines


async def test_a_site_that_cannot_be_asked_is_one_line_and_not_sound(
    simulated: SimulatedSite,
) -> None:
    async with open_http(simulated.base_url, "nobody:nothing", simulated.transport) as http:
        refused = await check_site(SiteClient(http), MAPPING, simulated.clock())
    simulated.site.maintenance = True
    async with open_http(simulated.base_url, simulated.token, simulated.transport) as http:
        away = await check_site(SiteClient(http), MAPPING, simulated.clock())

    assert not refused.sound
    assert "ERPNext refuses the token" in refused.lines[0]
    assert not away.sound
    assert "ERPNext does not answer : SessionStopped" in away.lines[0]


async def test_every_line_has_words_and_each_problem_its_mending(simulated: SimulatedSite) -> None:
    redefine(simulated.site, JOB, without("completed_at"))

    text = list(table(await check(simulated, simulated.clock())))

    at = next(at for at, line in enumerate(text) if "Dispatch Job.completed_at" in line)
    assert text[at].startswith(
        "MANQUE / MISSING  Dispatch Job.completed_at  champ absent / no such"
    )
    assert text[at + 1].strip().startswith("→ corriger le fichier de correspondance")
    assert f"OK                account  compte de service / service user : {SYNC_USER}" in text


def test_the_board_has_words_for_every_problem() -> None:
    problems = {code for code, words in WORDS.items() if words.mend_fr}
    board = (Path(__file__).parents[2] / "pwa/src/board/words/fr.ts").read_text("utf-8")
    known = set(re.findall(r"^ +'?([a-z-]+)'?: ", board[board.index("what: {") :], re.MULTILINE))

    assert problems - known == set()


async def test_the_rights_to_send_files_and_to_hear_of_deletions_are_looked_at(
    simulated: SimulatedSite,
) -> None:
    grant(simulated.site, "Deleted Document", "read")
    simulated.site.define([msgspec.structs.replace(simulated.site.doctype("File"), permissions=())])

    lines = await check(simulated, simulated.clock())

    about = [line for line in lines if line.about in ("File", "Deleted Document")]
    assert about == [
        Finding(Level.MISSING, "File", "no-right", "read"),
        Finding(Level.MISSING, "File", "no-right", "create"),
        Finding(Level.OK, "Deleted Document", "deletions"),
    ]
