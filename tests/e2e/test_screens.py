"""Every screen under the page's own security policy, by keyboard, and with a link that ended."""

from datetime import datetime

from playwright.sync_api import Page, expect

from sync.scope import working_days_ahead
from tests.e2e.proxy import SLOW_4G, Signal
from tests.e2e.visit import Repair, expect_all_filed, outbox_lines
from tests.e2e.world import ZONE, World
from tests.labels import photo

TABS_AT_MOST = 150


def test_no_screen_breaks_the_policy_or_asks_another_origin(world: World) -> None:
    page = world.page
    page.goto(f"{world.proxy.url}/t/not-a-link")
    expect(page.get_by_role("heading", name="Ce lien n'est pas valide")).to_be_visible()
    world.enrol()
    visit = Repair(page)
    visit.open()
    visit.start()
    visit.note("Une note pour voir.")
    page.get_by_role("button", name="Autres choix").click()
    expect(page.get_by_text("Non complétée : pourquoi ?")).to_be_visible()
    visit.photograph(photo("TPLG5D6E7F80", "02:1A:2B:3C:4D:5E"))
    expect(page.get_by_text("Enregistré").or_(page.get_by_text("Code lu"))).to_be_visible(
        timeout=15_000
    )
    page.get_by_role("link", name="Taper").click()
    expect(page.get_by_label("Numéro de série")).to_be_visible()
    for screen in ("scan", "help", "outbox"):
        page.evaluate(f"location.hash = '#/{screen}'")
        expect(page.locator("main")).to_be_visible()
    visit.open()
    page.get_by_role("link", name="Vérifier la ligne").click()
    expect(page.get_by_role("button", name="Vérifier la ligne")).to_be_visible()
    world.open_app()
    # On a Friday it is Monday, not "Demain".
    coming = working_days_ahead(datetime.now(ZONE).date())[0]
    page.locator(f'nav.days a[href="#/day/{coming}"]').click()
    expect(page.get_by_text("À venir : en lecture seule")).to_be_visible()

    assert world.phone.violations == []
    assert world.phone.errors == []
    assert world.phone.foreign == []


def test_the_next_step_and_the_outbox_are_reached_and_pressed_by_keyboard(world: World) -> None:
    world.enrol()
    page = world.page

    tab_to(page, "article.card a.open")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Étapes")).to_be_visible()
    expect(page.locator("h1")).to_be_focused()
    tab_to(page, ".foot button.main")
    page.keyboard.press("Enter")
    expect(page.locator(".chip.en_route")).to_be_visible()
    tab_to(page, "nav.bar a[href='#/outbox']")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Mes envois")).to_be_visible()
    expect(page.locator("main li.line")).to_have_count(1)
    expect_all_filed(page, 1, within_ms=15_000)


def test_the_title_is_the_client_s_name_on_a_visit_and_follows_the_language(world: World) -> None:
    world.enrol()
    page = world.page
    client = page.locator("article.card h2").first.inner_text()

    page.locator("article.card a.open").first.click()
    expect(page).to_have_title(f"{client} – Terrain")
    page.evaluate("location.hash = '#/outbox'")
    expect(page).to_have_title("Mes envois – Terrain")
    page.get_by_role("link", name="EN", exact=True).click()

    expect(page).to_have_title("My outbox – Terrain")


def test_a_revoked_link_says_so_and_the_unsent_work_waits_for_the_next_link(world: World) -> None:
    link = world.enrol()
    job = world.job()
    world.go_dark()
    visit = Repair(world.page)
    visit.open()
    visit.note("Écrite avant la fin du lien.")
    assert world.server.run("link", "revoke", link) is not None

    world.go_light()

    strip = world.page.locator(".strip")
    expect(strip).to_contain_text("Lien expiré · 1 envoi sur l'appareil", timeout=15_000)
    expect(strip.get_by_role("link", name="Demander un lien")).to_be_visible()
    world.page.goto(f"{world.proxy.url}/t/")
    expect(strip).to_contain_text("Lien expiré · 1 envoi sur l'appareil")
    expect(world.page.locator("article.card")).to_have_count(0)
    expect(outbox_lines(world.page)).to_have_count(1)
    assert world.sent() == []

    world.enrol()
    expect_all_filed(world.page, 1, within_ms=15_000)
    document = world.erpnext.document("Dispatch Job", job["name"])
    assert document["tech_notes"].count("Écrite avant la fin du lien.") == 1


def test_a_slow_network_that_refuses_half_way_loses_nothing(world: World) -> None:
    world.enrol()
    world.proxy.shape = SLOW_4G
    visit = Repair(world.page)
    visit.open()
    visit.note("Envoyée par un réseau lent.")
    world.proxy.set(Signal.REFUSE)
    visit.note("Écrite sans réseau.")
    expect(world.page.locator(".strip")).to_contain_text("Hors ligne", timeout=15_000)

    world.proxy.set(Signal.LIGHT)

    expect_all_filed(world.page, 2, within_ms=30_000)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is on what the selector names."""
    for _ in range(TABS_AT_MOST):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no Tab leads to {selector}")
