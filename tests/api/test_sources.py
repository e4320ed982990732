"""The board names whom this installation asks, and nobody else."""

import shutil
from pathlib import Path

from backend.auth.roles import Role
from tests.api.office import behind_proxy, served


async def test_an_oktopus_that_is_off_is_not_said_to_answer(tmp_path: Path, migrated: Path) -> None:
    database_url = f"sqlite:///{shutil.copy(migrated, tmp_path / 'terrain.db')}"

    async with served(database_url, tmp_path, behind_proxy(tmp_path)) as office:
        shown = await office.person(Role.VIEWER).get("/board/api/state")

    assert shown.json()["sources"] == []
