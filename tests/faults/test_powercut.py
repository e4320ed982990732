"""Power cuts under the real server, and the proof's own honesty: it finds what NORMAL loses.

`python -m tests.faults.powercut --trials 2000` is the long form.
"""

from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.faults.disk import SECTOR, Disk
from tests.faults.powercut import run
from tests.faults.steps import Act, Linked, Made, Moved, Removed, Step, Synced, Written

BATCHES: Final = 4
ROOT: Final = "/data"
FILE: Final = f"{ROOT}/a"


def test_nothing_acknowledged_is_lost_whenever_the_power_goes(tmp_path: Path) -> None:
    result = run(tmp_path, count=60, mode="full", seed=1, batches=BATCHES)

    assert result["acked"] > 60 * 100
    assert result["torn"] > 0
    assert result["checkpoints"] > 1
    assert [result[each] for each in ("lost", "corrupt", "partial")] == [0, 0, 0]


@pytest.mark.parametrize("mode", ["normal", "off"])
def test_the_same_check_finds_what_a_weaker_setting_loses(mode: str, tmp_path: Path) -> None:
    result = run(tmp_path, count=20, mode=mode, seed=1, batches=BATCHES)

    assert result["lost"] > 0


def test_what_was_synced_with_its_folder_survives_every_cut(tmp_path: Path) -> None:
    acts: list[Act] = [
        Made(FILE, folder=False),
        Written(FILE, 0, b"kept"),
        Synced(FILE, 2),
        Synced(ROOT, 3),
    ]

    left = {cut(acts, seed, tmp_path) for seed in range(50)}

    assert left == {b"kept"}


def test_a_name_is_lost_while_its_folder_is_not_synced(tmp_path: Path) -> None:
    acts: list[Act] = [Made(FILE, folder=False), Written(FILE, 0, b"kept"), Synced(FILE, 2)]

    left = {cut(acts, seed, tmp_path) for seed in range(50)}

    assert left == {b"kept", None}


def test_a_write_that_began_before_the_sync_ended_is_not_covered_by_it(tmp_path: Path) -> None:
    acts: list[Act] = [
        Made(FILE, folder=False),
        Synced(ROOT, 1),
        Written(FILE, 0, b"late"),
        Synced(FILE, 2),
    ]

    left = {cut(acts, seed, tmp_path) for seed in range(50)}

    assert left == {b"late", b""}


def test_an_unsynced_write_may_be_there_in_any_of_its_sectors(tmp_path: Path) -> None:
    data = b"1" * SECTOR + b"2" * SECTOR
    acts: list[Act] = [Made(FILE, folder=False), Synced(ROOT, 1), Written(FILE, 0, data)]

    left = {cut(acts, seed, tmp_path) for seed in range(50)}

    assert left == {b"", data, data[:SECTOR], bytes(SECTOR) + data[SECTOR:]}


def test_an_unsynced_rename_may_leave_either_name_or_both(tmp_path: Path) -> None:
    made: list[Act] = [Made(FILE, folder=False), Synced(ROOT, 1)]
    acts: list[Act] = [*made, Moved(FILE, f"{ROOT}/b"), Removed(f"{ROOT}/c")]

    left = {names(acts, seed, tmp_path) for seed in range(50)}

    assert left == {("a",), ("b",), ("a", "b"), ()}


def test_an_unsynced_name_more_leaves_the_first(tmp_path: Path) -> None:
    made: list[Act] = [Made(FILE, folder=False), Synced(ROOT, 1)]
    acts: list[Act] = [*made, Linked(FILE, f"{ROOT}/b")]

    left = {names(acts, seed, tmp_path) for seed in range(50)}

    assert left == {("a",), ("a", "b")}


def cut(acts: list[Act], seed: int, folder: Path) -> bytes | None:
    """What FILE holds after the acts and a power cut; None when it is not there."""
    left = after(acts, seed, folder) / "a"
    return left.read_bytes() if left.exists() else None


def names(acts: list[Act], seed: int, folder: Path) -> tuple[str, ...]:
    """The names that are left."""
    return tuple(sorted(each.name for each in after(acts, seed, folder).iterdir()))


def after(acts: list[Act], seed: int, folder: Path) -> Path:
    """The folder that a power cut leaves."""
    disk = Disk(Path(ROOT))
    for at, act in enumerate(acts):
        disk.apply(Step(at, act))
    left = folder / str(seed)
    left.mkdir()
    disk.survive(left, Random(seed))  # noqa: S311  (repeatable, not secret)
    return left
