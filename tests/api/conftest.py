"""An installation for the tests of the API and the pages."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.installation import Installation, opened, people


@pytest.fixture
async def terrain(database_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    """A production installation where Marc has a visit today."""
    async with opened(database_url, tmp_path) as installation:
        await installation.write(people)
        yield installation
