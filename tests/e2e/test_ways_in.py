"""Other ways in than a known phone's: an iPhone's icon, no JavaScript, a second technician."""

import json
import re

from playwright.sync_api import Page, expect

from tests.e2e.processes import wait_for
from tests.e2e.world import FIRST_PAGE_MS, TECHNICIAN, VISITS_OF_THE_DAY, World

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
# What stands on the phone's screen of ours.
SHOWN = """async () => {
  const found = await (await navigator.serviceWorker.ready).getNotifications()
  return found.map((each) => each.body)
}"""


def asked_by_iphone(world: World) -> str:
    """The code that an iPhone's page shows for a new link."""
    url, _ = world.server.create_link(TECHNICIAN)
    world.wait_for_visits()
    session = world.phone.context.new_cdp_session(world.page)
    session.send("Network.setUserAgentOverride", {"userAgent": IPHONE})
    world.page.goto(url)
    world.page.get_by_role("button", name="Obtenir mon code").click()
    code = world.page.locator("b.big").inner_text()
    session.send("Network.setUserAgentOverride", {"userAgent": ""})
    session.detach()
    return code


def days_visits(page: Page) -> None:
    expect(page.locator("article.card")).to_have_count(VISITS_OF_THE_DAY, timeout=FIRST_PAGE_MS)


def test_the_code_of_an_iphones_page_opens_the_day_in_the_icon(world: World) -> None:
    code = asked_by_iphone(world)
    assert re.fullmatch(r"\d{3}\s\d{3}", code)

    world.page.goto(f"{world.proxy.url}/t/")
    world.page.get_by_label("Code de 6 chiffres").fill(code)
    world.page.get_by_role("button", name="Ouvrir ma journée").click()

    days_visits(world.page)
    assert world.phone.violations == []
    assert world.phone.errors == []


def test_without_javascript_a_phone_enrols_and_reads_its_visits(world: World) -> None:
    url, _ = world.server.create_link(TECHNICIAN)
    world.wait_for_visits()
    page = world.page
    session = world.phone.context.new_cdp_session(page)
    session.send("Emulation.setScriptExecutionDisabled", {"value": True})

    page.goto(url)
    page.get_by_role("button", name="Ouvrir ma journée").click()
    days_visits(page)
    page.get_by_role("link", name="Lire toutes tes visites sans l'app").click()

    expect(page.get_by_role("heading", name="Tes visites, à lire")).to_be_visible()
    assert page.locator("article.card").count() >= VISITS_OF_THE_DAY
    assert page.locator('article.card a[href^="tel:+1"]').count() > 0
    assert page.locator('article.card a[href^="geo:"]').count() > 0


def test_news_of_the_day_are_shown_by_the_service_worker(world: World) -> None:
    world.enrol()
    world.phone.context.grant_permissions(["notifications"], origin=world.proxy.url)
    session = world.phone.context.new_cdp_session(world.page)
    seen: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: seen.extend(each["registrationId"] for each in told["registrations"]),
    )
    session.send("ServiceWorker.enable")
    wait_for("the registration", lambda: world.page.evaluate("1") and seen, 10.0)

    said = {"title": "Terrain", "body": "Une visite est nouvelle ou a changé."}
    session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": world.proxy.url, "registrationId": seen[-1], "data": json.dumps(said)},
    )

    shown = wait_for("the notification", lambda: world.page.evaluate(SHOWN), 15.0)
    assert shown == [said["body"]]
