"""Which tests of integrations run on PostgreSQL as well.

Those of what claims, writes, looks up or takes turns, where the databases differ. What the others
ask of a database is asked of both by tests/store; run twice they cost a minute of the suite's
fifteen.
"""

from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent
ON_BOTH: Final = frozenset(
    {
        "test_check_start",
        "test_check_worker",
        "test_erp_at_once",
        "test_erp_attachments",
        "test_erp_batch",
        "test_erp_creating",
        "test_erp_outbound",
        "test_erp_worker",
        "test_long_absence",
        "test_scan_worker",
    }
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the others' runs on PostgreSQL."""
    left_out = [item for item in items if _is_left_out(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _is_left_out(item: pytest.Item) -> bool:
    is_here = item.path.parent == HERE and item.path.stem not in ON_BOTH
    return is_here and item.get_closest_marker("postgresql") is not None
