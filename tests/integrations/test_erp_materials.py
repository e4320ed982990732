"""Materials in ERPNext: a row for each line, its count, and none for what was taken back."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio
from sqlalchemy import Engine

from tests.integrations.erp_given import REPAIR, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
ON_SQLITE: Final = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest_asyncio.fixture
async def field(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Field]:
    async with in_the_field(simulated, engine) as each:
        yield each


def rows(field: Field) -> list[tuple[Any, ...]]:
    """Line, material and count of each row of the visit."""
    table = field.document(REPAIR).get("terrain_materials") or ()
    return [(row["line_id"], row["material"], row["qty"]) for row in table]


@ON_SQLITE
async def test_each_line_is_a_row_with_its_word_and_its_last_count(field: Field) -> None:
    line = await field.tap("material", {"what": "connector", "count": 2})
    other = await field.tap("material", {"what": "Gaine", "count": 1})
    await field.worker.deliver_until_empty()
    await field.tap("material", {"line": line, "count": 3})
    await field.worker.deliver_until_empty()

    assert rows(field) == [(line, "Connecteur", 3), (other, "Gaine", 1)]


@ON_SQLITE
async def test_a_line_that_was_taken_back_leaves_the_other_ones(field: Field) -> None:
    line = await field.tap("material", {"what": "connector", "count": 2})
    other = await field.tap("material", {"what": "connector", "count": 1})
    await field.worker.deliver_until_empty()
    before = rows(field)
    await field.tap("material", {"line": line, "count": 0})
    await field.worker.deliver_until_empty()

    assert len(before) == 2
    assert rows(field) == [(other, "Connecteur", 1)]
    assert field.open_mutations() == 0
