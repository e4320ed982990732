"""A push whose answer is lost is done once, and the page says nothing that is not so."""

from tests.e2e.processes import wait_for
from tests.e2e.proxy import SYNC, Exchange
from tests.e2e.truth import assert_shown_was_true, words_of
from tests.e2e.visit import (
    GESTURES,
    assert_filed_once,
    expect_all_filed,
    outbox_lines,
    work_a_repair,
)
from tests.e2e.world import World


def test_a_push_whose_answer_is_cut_after_the_commit_has_one_effect(world: World) -> None:
    world.enrol()
    job = world.job()
    world.go_dark()
    work_a_repair(world)
    outbox_lines(world.page)
    world.proxy.cut_next()

    world.go_light()
    lost = wait_for_the_cut(world)

    expect_all_filed(world.page, GESTURES, within_ms=20_000)
    assert_was_committed(world, lost)
    assert_filed_once(world, job["name"])
    assert_shown_was_true(world)
    assert words_of(world)[-1] == "Au dossier"


def test_a_server_killed_between_commit_and_answer_does_the_push_once(world: World) -> None:
    world.enrol()
    job = world.job()
    world.go_dark()
    work_a_repair(world)
    outbox_lines(world.page)
    world.proxy.cut_next(before=world.server.kill)

    world.go_light()
    lost = wait_for_the_cut(world)
    world.server.start()

    expect_all_filed(world.page, GESTURES, within_ms=30_000)
    assert_was_committed(world, lost)
    assert_filed_once(world, job["name"])
    assert_shown_was_true(world)
    assert world.rows("PRAGMA integrity_check") == [("ok",)]


def wait_for_the_cut(world: World) -> Exchange:
    """The exchange whose answer was thrown away."""
    found = wait_for(
        "the cut", lambda: [each for each in world.proxy.asked(SYNC) if each.cut_at], 20.0
    )
    return found[0]


def assert_was_committed(world: World, lost: Exchange) -> None:
    """The lost push was the one that did the work."""
    assert lost.cut_at is not None
    assert lost.answered_at is None
    assert [each.received_at <= lost.cut_at for each in world.sent()] == [True] * GESTURES
