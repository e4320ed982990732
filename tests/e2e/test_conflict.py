"""A visit cancelled while it was finished in the dark, a serial of two visits: a human chooses."""

import json
import time
from typing import Any

from playwright.sync_api import expect

from backend.erp.ids import uuid7
from tests.e2e.processes import wait_for
from tests.e2e.visit import SERIAL, STEPS, Repair, outbox_lines
from tests.e2e.world import World


def decide(world: World, kind: str, args: dict[str, Any], key: str) -> Any:
    """What a dispatcher's page sends; gives the server's answer."""
    now_ms = time.time_ns() // 1_000_000
    with world.server.as_dispatcher() as page:
        sequence = page.get("/board/api/state").json()["sequence"]
        body = {"id": uuid7(now_ms, bytes(10)), "kind": kind, "key": key, "args": args}
        made = body | {"base": sequence, "made_at": now_ms}
        return page.post("/board/api/mutations", json=made).json()


def test_finished_work_that_the_office_cancelled_is_on_file_once_a_human_has_chosen(
    world: World,
) -> None:
    world.enrol()
    job = world.job()
    visit = Repair(world.page)
    visit.open()
    visit.start()
    visit.tick(*STEPS)
    wait_for("the start on file", lambda: world.job()["status"] == "On Site", 30.0)
    world.go_dark()
    visit.complete()
    world.erpnext.edit_as_office("Dispatch Job", job["name"], status="Cancelled")
    cancelled = "SELECT count(*) FROM cell WHERE path = 'status' AND value = '\"cancelled\"'"
    wait_for("the cancellation", lambda: world.rows(cancelled)[0][0] == 1, 30.0)

    world.go_light()

    sheet = outbox_lines(world.page).filter(has_text="Toi (")
    expect(sheet).to_contain_text("Terminée", timeout=20_000)
    expect(sheet).to_contain_text("Annulée")
    expect(sheet).to_contain_text("Seul le bureau peut revenir là-dessus.")
    expect(sheet.get_by_role("button", name="Garder ma version")).to_have_count(0)
    assert world.job()["status"] == "Cancelled"
    sheet.get_by_role("button", name="Demander au bureau").click()
    expect(sheet).to_contain_text("Le bureau va trancher")
    asked = "SELECT count(*) FROM mutation WHERE kind = 'resolve'"
    wait_for("the question", lambda: world.rows(asked)[0][0] == 1, 20.0)

    [(conflict, body)] = world.rows("SELECT id, body FROM conflict WHERE closed_at IS NULL")
    chosen = {"conflict": conflict, "choice": "mine"}
    assert decide(world, "resolve", chosen, json.loads(body)["key"])["outcome"] == "applied"

    lines = outbox_lines(world.page)
    filed = lines.filter(has=world.page.get_by_text("Au dossier", exact=True))
    expect(filed).to_have_count(6, timeout=30_000)
    expect(lines).to_have_count(6)
    assert world.job()["status"] == "Completed"
    completions = [
        each for each in world.erpnext.effects_on("Dispatch Job") if "completed_at" in each.changed
    ]
    assert len(completions) == 1


def test_a_serial_of_another_visit_stays_on_its_visit_and_names_the_other(world: World) -> None:
    world.enrol()
    page = world.page
    client = page.locator("article.card h2").first.inner_text()
    visit = Repair(page)
    visit.open()
    visit.type_serial(SERIAL)
    bound = "SELECT count(*) FROM mutation WHERE kind = 'equipment'"
    wait_for("the first report", lambda: world.rows(bound)[0][0] == 1, 20.0)
    world.go_dark()
    visit.open(at=1)
    visit.type_serial(SERIAL)

    world.go_light()

    line = page.locator("li.line", has=page.locator("b.serial"))
    expect(line).to_contain_text("À trancher", timeout=20_000)
    sheet = outbox_lines(page).filter(has_text="Toi (")
    expect(sheet).to_contain_text(f"Déjà sur la visite de {client}")
    expect(sheet).to_contain_text("TPLG A1B2 C3D4")
    expect(sheet).not_to_contain_text("job/")
    sheet.get_by_role("button", name="Laisser à l'autre visite").click()
    expect(sheet).to_have_count(0, timeout=20_000)
    visit.open(at=1)
    expect(page.get_by_text("Aucun équipement ajouté.")).to_be_visible()
