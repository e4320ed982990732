"""The server killed (-9) again and again under load: what it acknowledged is there, once.

`python -m tests.faults.kill --kills 100` is the long form.
"""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.faults.kill import ANSWERS_BETWEEN_KILLS, Killed, killed
from tests.faults.phones import BATCH

KILLS: Final = 20


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    """An installation after its kills, with everything on file in ERPNext."""
    with killed(tmp_path_factory.mktemp("kills"), KILLS) as world:
        yield world


def test_every_acknowledged_mutation_is_in_the_database_with_its_verdict(world: Killed) -> None:
    kept = dict(world.server.rows("SELECT id, outcome FROM mutation"))

    assert len(world.verdicts) >= KILLS * ANSWERS_BETWEEN_KILLS * BATCH
    assert set(world.verdicts.values()) == {"applied"}
    assert {id_: kept.get(id_) for id_ in world.verdicts} == world.verdicts


def test_answers_were_lost_so_that_batches_went_twice(world: Killed) -> None:
    assert sum(phone.unanswered for phone in world.phones) >= KILLS
    assert [phone.refusals for phone in world.phones] == [[]] * len(world.phones)


def test_a_repeated_batch_gets_its_first_verdicts_again(world: Killed) -> None:
    for phone in world.phones:
        again = phone.push_again()

        assert len(again) == BATCH
        assert [phone.verdicts[id_] for id_, *_ in again] == [verdict for _, *verdict in again]


def test_numbers_of_a_replica_have_no_gap_and_no_double(world: Killed) -> None:
    query = "SELECT device, seq FROM mutation WHERE seq > 0 ORDER BY device, seq"
    seqs: dict[str, list[int]] = {}
    for device, seq in world.server.rows(query):
        seqs.setdefault(device, []).append(seq)

    assert len(seqs) == len(world.phones)
    for each in seqs.values():
        assert each == list(range(1, len(each) + 1))


def test_each_mutation_has_one_effect_and_the_feed_no_hole(world: Killed) -> None:
    [(notes,)] = world.server.rows("SELECT count(*) FROM cell WHERE path LIKE 'notes/%'")
    [(mutations,)] = world.server.rows("SELECT count(*) FROM mutation WHERE kind = 'note'")
    [(queued,)] = world.server.rows("SELECT count(*) FROM outbox")
    [(first, last, count)] = world.server.rows(
        "SELECT min(sequence), max(sequence), count(*) FROM feed"
    )
    [(head,)] = world.server.rows("SELECT sequence FROM counter")

    assert notes == mutations == queued
    assert (first, last, count) == (1, head, head)


def test_each_mutation_has_one_effect_in_erpnext_though_deliveries_were_repeated(
    world: Killed,
) -> None:
    assert world.repeated() > 0
    assert world.in_ledger() == dict.fromkeys(world.verdicts, 1)
    assert world.in_visits() == dict.fromkeys(world.verdicts, 1)


def test_the_database_is_whole(world: Killed) -> None:
    assert world.server.rows("PRAGMA integrity_check") == [("ok",)]
    assert world.server.rows("PRAGMA foreign_key_check") == []
