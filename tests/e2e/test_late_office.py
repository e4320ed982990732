"""ERPNext away for four days: the page says so all the while, and everything arrives once."""

from playwright.sync_api import expect

from tests.e2e.faked_time import ServerClock
from tests.e2e.truth import words_of
from tests.e2e.visit import (
    GESTURES,
    assert_filed_once,
    expect_all_filed,
    outbox_lines,
    work_a_repair,
)
from tests.e2e.world import World

LATE = "Reçu, pas encore au dossier"
DAY_MS = 86_400_000


def test_work_waits_four_days_for_an_absent_erpnext_and_is_filed_once(
    world_in_time: World, server_clock: ServerClock
) -> None:
    world = world_in_time
    world.enrol()
    job = world.job()
    world.erpnext.be_away()

    work_a_repair(world)

    lines = outbox_lines(world.page)
    late = lines.filter(has=world.page.get_by_text(LATE, exact=True))
    expect(late).to_have_count(GESTURES, timeout=30_000)
    expect(world.page.locator(".strip")).to_contain_text(f"{LATE} · rien à refaire")
    assert "Au dossier" not in words_of(world)
    assert world.erpnext.effects_on("Field Operation") == []

    server_clock.move(days=4)
    expect(late).to_have_count(GESTURES)
    world.erpnext.be_back()

    expect_all_filed(world.page, GESTURES, within_ms=90_000)
    assert_filed_once(world, job["name"])
    [(filed_at,)] = world.rows("SELECT DISTINCT at / ? FROM receipt", DAY_MS)
    [(sent_at,)] = world.rows("SELECT DISTINCT received_at / ? FROM mutation WHERE seq > 0", DAY_MS)
    assert filed_at - sent_at == 4
