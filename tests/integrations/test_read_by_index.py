"""What happens all day long costs the same in a database of ten years as in one of a day.

SQLite says of each statement of a day's work whether it reads a table from end to end.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from sqlalchemy import Engine, event

from backend.store.pull import pull
from tests.integrations.erp_given import REPAIR, in_the_field
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]

# What grows with every day of work.
_GROWING: Final = re.compile(
    r"SCAN (mutation|cell|change|record|membership|scope_reason|outbox|identity|binding|shadow"
    r"|blob|blob_reference|replica)\b"
)
_QUESTION: Final = re.compile(r"\s*(SELECT|UPDATE|DELETE|WITH)")


class Plans:
    """Which statements read a whole table that grows."""

    def __init__(self) -> None:
        self.seen = 0
        self.whole_tables: set[str] = set()

    def look(self, _conn: Any, cursor: Any, statement: str, given: Any, *rest: Any) -> None:
        """Before a statement is executed."""
        if not _QUESTION.match(statement):
            return
        is_many = rest[1]
        plan = cursor.connection.execute(
            f"EXPLAIN QUERY PLAN {statement}", given[0] if is_many else given
        )
        self.seen += 1
        steps = (str(step[3]) for step in plan.fetchall())
        self.whole_tables |= {f"{each}: {statement}" for each in steps if _GROWING.match(each)}


@pytest.fixture
def plans(engine: Engine) -> Iterator[Plans]:
    """Looks at every statement."""
    plans = Plans()
    event.listen(engine, "before_cursor_execute", plans.look)
    yield plans
    event.remove(engine, "before_cursor_execute", plans.look)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_days_work_reads_no_table_that_grows_from_end_to_end(
    simulated: SimulatedSite, engine: Engine, plans: Plans
) -> None:
    async with in_the_field(simulated, engine) as field:
        await field.tap("status", {"to": "en_route"})
        await field.tap("equipment", {"serial": "TPLG1A2B3C4D", "action": "install"})
        await field.tap("photo", {"blob": "5e" * 32, "slot": "before"})
        field.site.edit_as_office("Dispatch Job", REPAIR, technician="TECH-002")
        await field.worker.poll_all()
        await field.worker.deliver_until_empty()
        await field.worker.attach_all()
        marc = field.key("TECH-001", "technician")
        with engine.begin() as conn:
            pull(conn, marc, "")

    assert plans.seen > 100
    assert plans.whole_tables == set()
