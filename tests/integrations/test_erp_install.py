"""What `terrain erp install` writes on a site: against the simulator, whose request log counts."""

from collections import Counter

import pytest

from backend.erp.check.findings import Finding, Level, findings
from backend.erp.check.survey import survey
from backend.erp.client import open_http
from backend.erp.console import Installed, install_site
from backend.erp.install.documents import DOCTYPES, ROLE
from backend.erp.install.plan import Wish
from backend.erp.site import SiteClient
from backend.simulators.erpnext import (
    PROVISION_USER,
    Fault,
    FaultKind,
    Site,
    create_erpnext_simulator,
)
from backend.simulators.erpnext.building import add_user, empty_site
from tests.integrations.erp_given import MAPPING
from tests.integrations.erpnext_site import InProcess, SimulatedSite, TestClock
from tests.integrations.test_erp_check import changed, redefine

pytest_plugins = ["tests.integrations.erpnext_site"]
USER = "terrain@example.test"
HOOK = "https://terrain.example.ca/api/erpnext/webhook"
WISH = Wish(MAPPING, USER, HOOK, "s3cr3t", needs_key=True)


@pytest.fixture
def bare() -> SimulatedSite:
    """A Frappe site that knows nothing of field service."""
    clock = TestClock()
    site = empty_site(clock, seed=3, roles=[])
    add_user(site, PROVISION_USER, "Provision", ["System Manager"])
    transport = InProcess(create_erpnext_simulator(site))
    return SimulatedSite("http://erp.example", "", transport, site, clock)


async def install(there: SimulatedSite, wish: Wish = WISH, *, dry_run: bool = False) -> Installed:
    token = there.site.user_token(PROVISION_USER)
    async with open_http(there.base_url, token, there.transport) as http:
        return await install_site(SiteClient(http), wish, dry_run=dry_run)


async def check(there: SimulatedSite, token: str) -> list[Finding]:
    async with open_http(there.base_url, token, there.transport) as http:
        seen = await survey(SiteClient(http), MAPPING, there.clock())
    return [line for line in findings(MAPPING, seen) if line.level is not Level.OK]


def effects(site: Site, doctype: str = "") -> Counter[str]:
    """How often each document of a doctype was written; the look at a token moves its user."""
    written = [each for entry in site.log.entries() for each in entry.effects if each.changed]
    return Counter(
        f"{each.action} {each.doctype} {each.name}"
        for each in written
        if each.doctype.startswith(doctype) and each.changed != ("last_active",)
    )


def writes(site: Site) -> list[str]:
    return [entry.path for entry in site.log.entries() if entry.method != "GET"]


async def test_a_bare_site_has_all_that_the_check_asks_for(bare: SimulatedSite) -> None:
    installed = await install(bare)

    assert installed.told.sound
    assert await check(bare, installed.key) == []
    assert set(DOCTYPES) <= set(bare.site.doctypes)


async def test_the_second_time_nothing_is_written(bare: SimulatedSite) -> None:
    await install(bare)
    bare.site.log.clear()

    again = await install(bare)

    assert writes(bare.site) == []
    assert again == Installed(again.told)
    assert again.told.lines == ("Rien à changer. / Nothing to change.",)


async def test_a_dry_run_tells_the_same_and_writes_nothing(bare: SimulatedSite) -> None:
    dry = await install(bare, dry_run=True)
    dry_writes = writes(bare.site)
    real = await install(bare)

    assert dry_writes == []
    assert dry.told.lines[:-1] == real.told.lines
    assert "Rien n'a été écrit" in dry.told.lines[-1]


async def test_no_line_tells_a_secret(bare: SimulatedSite) -> None:
    installed = await install(bare)

    text = "\n".join(installed.told.lines)
    assert "s3cr3t" not in text
    assert installed.key.partition(":")[2] not in text


async def test_a_site_with_the_doctypes_gets_fields_and_rights_alone(
    simulated: SimulatedSite,
) -> None:
    installed = await install(simulated)

    assert effects(simulated.site, "DocType") == Counter()
    assert effects(simulated.site, "Custom Field")["insert Custom Field Dispatch Job-terrain_id"]
    assert await check(simulated, installed.key) == []


async def test_each_document_is_written_once(bare: SimulatedSite) -> None:
    await install(bare)

    counted = effects(bare.site)
    assert counted.pop(f"update User {USER}") == 1  # its key
    assert set(counted.values()) == {1}


async def test_the_service_user_may_not_delete_and_the_others_keep_their_rights(
    simulated: SimulatedSite,
) -> None:
    installed = await install(simulated)

    async with open_http(simulated.base_url, installed.key, simulated.transport) as http:
        client = SiteClient(http)
        for doctype in (
            *(entity.doctype for entity in MAPPING.entities.values()),
            "Field Operation",
        ):
            assert not await client.may("delete", doctype)
    async with simulated.client() as earlier:  # the user of before, by another role
        assert (await earlier.get("/api/resource/Dispatch Job")).status_code == 200


async def test_what_is_read_alone_is_not_granted_to_be_written(bare: SimulatedSite) -> None:
    installed = await install(bare)

    async with open_http(bare.base_url, installed.key, bare.transport) as http:
        client = SiteClient(http)
        assert not await client.may("write", "Technician")
        assert await client.may("write", "Dispatch Job")


async def test_webhooks_leave_out_what_we_wrote_ourselves(bare: SimulatedSite) -> None:
    await install(bare)

    saved = bare.site.document("Webhook", "Terrain Dispatch Job on_update")
    assert saved["condition"] == f'doc.modified_by != "{USER}"'
    assert (saved["enable_security"], saved["webhook_secret"]) == (1, "s3cr3t")
    assert saved["request_url"] == HOOK
    assert not bare.site.document("Webhook", "Terrain Dispatch Job on_trash")["condition"]


async def test_a_webhook_that_was_changed_is_set_right(bare: SimulatedSite) -> None:
    await install(bare)
    bare.site.edit_as_office("Webhook", "Terrain Technician on_update", enabled=0)
    bare.site.log.clear()

    again = await install(bare)

    assert again.told.lines == ("~ Webhook Terrain Technician on_update : enabled 0 → 1",)
    assert list(effects(bare.site)) == ["update Webhook Terrain Technician on_update"]


async def test_a_new_secret_goes_to_every_webhook(bare: SimulatedSite) -> None:
    await install(bare)

    changed = await install(bare, WISH._replace(secret="other", is_new_secret=True))  # noqa: S106

    secrets = {row["webhook_secret"] for row in bare.site.database.rows("Webhook")}
    assert secrets == {"other"}
    assert not [line for line in changed.told.lines if "other" in line]


async def test_the_key_of_a_user_that_has_one_is_left_alone(simulated: SimulatedSite) -> None:
    add_user(simulated.site, USER, "Terrain", [])
    token = simulated.site.user_token(USER)

    installed = await install(simulated)

    assert installed.key == ""
    assert simulated.site.user_token(USER) == token
    roles = [row["role"] for row in simulated.site.document("User", USER)["roles"]]
    assert roles == [ROLE]


async def test_what_was_cut_off_is_finished_by_the_next_run(bare: SimulatedSite) -> None:
    path = "/api/resource/Custom Field"
    bare.site.faults.order(Fault(FaultKind.CONNECTION_DROPPED, method="POST", path=path))

    cut = await install(bare)
    again = await install(bare)

    assert (cut.told.sound, again.told.sound) == (False, True)
    assert "ERPNext does not answer" in cut.told.lines[-1]
    assert await check(bare, again.key) == []
    assert {n for k, n in effects(bare.site).items() if k.startswith("insert")} == {1}


async def test_a_site_whose_doctypes_have_other_fields_gets_the_mapped_ones(
    simulated: SimulatedSite,
) -> None:
    kind = simulated.site.doctype("Dispatch Job")
    fewer = {"completed_at", "checklist"}
    rows = [
        row
        for row in simulated.site.document("DocType", "Dispatch Job")["fields"]
        if row["fieldname"] not in fewer
    ]
    simulated.site.edit_as_office("DocType", "Dispatch Job", fields=rows)
    assert not any(simulated.site.doctype(kind.name).field(name) for name in fewer)

    installed = await install(simulated)

    assert await check(simulated, installed.key) == []


async def test_a_token_that_may_not_install_is_one_line(simulated: SimulatedSite) -> None:
    async with open_http(simulated.base_url, simulated.token, simulated.transport) as http:
        refused = await install_site(SiteClient(http), WISH, dry_run=False)

    assert not refused.told.sound
    assert refused.told.lines[-1].endswith("PermissionError")
    assert effects(simulated.site) == Counter()


async def test_a_select_gets_the_words_it_lacks_after_its_own(simulated: SimulatedSite) -> None:
    few = "Assigned\nEn Route\nOn Site\nPlanifiée"
    redefine(simulated.site, "Dispatch Job", changed("status", options=few))
    redefine(simulated.site, "Dispatch Job Equipment", changed("action", options="Install"))
    simulated.site.seed_document(
        "Custom Field",
        dt="Dispatch Job",
        fieldname="terrain_sync_state",
        fieldtype="Select",
        options="Au dossier",
    )
    dry = await install(simulated, dry_run=True)

    installed = await install(simulated)

    job = simulated.site.doctype("Dispatch Job")
    options = {each.fieldname: each.options for each in job.fields}
    added = "On Hold\nCompleted\nNot Completed\nCancelled"
    assert options["status"] == f"{few}\n{added}"
    assert options["terrain_sync_state"].split("\n")[1:] == [
        "Reçu, au dossier après vérification",
        "À trancher",
    ]
    assert await check(simulated, installed.key) == [
        Finding(Level.NOTE, "Dispatch Job.status", "strange-option", "Planifiée")
    ]
    line = f"+ Property Setter Dispatch Job-status-options : + {added.replace(chr(10), ', ')}"
    assert line in dry.told.lines
    assert line in installed.told.lines
    assert (
        "+ Property Setter Dispatch Job Equipment-action-options : + Replace, Return" in dry[0][0]
    )


async def test_options_that_somebody_set_before_are_kept(simulated: SimulatedSite) -> None:
    mine = "Assigned\nEn Route\nPlanifiée"
    simulated.site.create_as_office(
        "Property Setter",
        doc_type="Dispatch Job",
        field_name="status",
        property="options",
        value=mine,
    )

    installed = await install(simulated)
    simulated.site.log.clear()
    again = await install(simulated, WISH._replace(needs_key=False))

    rows = simulated.site.database.rows("Property Setter")
    assert [row["value"].startswith(f"{mine}\n") for row in rows] == [True]
    assert [line for line in installed.told.lines if "Property" in line] == [
        "~ Property Setter Dispatch Job-status-options : "
        "+ On Site, On Hold, Completed, Not Completed, Cancelled"
    ]
    assert (writes(simulated.site), again.told.lines[0][:4]) == ([], "Rien")
