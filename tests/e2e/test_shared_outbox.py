"""One outbox under two pages, or one profile on two phones: each gesture arrives, and once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.visit import Repair, assert_one_operation_each, expect_all_filed
from tests.e2e.world import World

FILED_MS = 30_000


@pytest.fixture
def cloned(world: World, tmp_path: Path) -> Iterator[World]:
    """Two phones after one: the profile of `world`, which has sent a note, was copied."""
    world.enrol()
    note(world.page, "Avant la copie")
    expect_all_filed(world.page, 1, FILED_MS)
    world.phone.wait_for_disk()
    world.phone.quit()
    copied = world._replace(phone=world.phone.clone(tmp_path / "clone"))
    for each in (world, copied):
        each.phone.start()
        each.open_app()
    yield copied
    copied.phone.close()


def note(page: Page, text: str) -> None:
    """Write it on the day's first visit."""
    visit = Repair(page)
    visit.open()
    visit.note(text)


def texts(world: World) -> list[str]:
    """The notes that the server has, in order."""
    return [each.args["text"] for each in world.sent()]


def test_two_pages_of_a_phone_show_the_same_and_send_each_note_once(world: World) -> None:
    world.enrol()
    second = world.phone.context.new_page()
    second.goto(f"{world.proxy.url}/t/")
    world.go_dark()

    note(world.page, "De la première")
    note(second, "De la seconde")

    for page in (world.page, second):
        for text in ("De la première", "De la seconde"):
            expect(page.locator("p.words", has_text=text)).to_be_visible()
    world.go_light()
    for page in (world.page, second):
        expect_all_filed(page, 2, FILED_MS)
    assert texts(world) == ["De la première", "De la seconde"]
    assert [each.seq for each in world.sent()] == [1, 2]
    assert_one_operation_each(world, 2)
    assert world.phone.errors == []


def test_a_page_that_is_closed_in_the_middle_leaves_its_note_to_the_other(world: World) -> None:
    world.enrol()
    second = world.phone.context.new_page()
    second.goto(f"{world.proxy.url}/t/")
    world.go_dark()
    note(second, "De la seconde")

    second.close()
    world.go_light()

    expect_all_filed(world.page, 1, FILED_MS)
    assert texts(world) == ["De la seconde"]


def test_the_work_of_a_phone_and_of_its_clone_arrives_and_none_of_it_twice(
    world: World, cloned: World
) -> None:
    for each in (world, cloned):
        each.phone.context.set_offline(True)
    note(world.page, "De l'original")
    note(cloned.page, "De la copie")

    for each in (world, cloned):
        each.phone.context.set_offline(False)

    for each in (world, cloned):
        expect_all_filed(each.page, 2, FILED_MS)
    assert sorted(texts(world)) == ["Avant la copie", "De l'original", "De la copie"]
    assert_one_operation_each(world, 3)
    assert [*world.phone.errors, *cloned.phone.errors] == []
