"""Rows by two columns at once, in a form for which every database uses an index.

SQLite answers `(a, b) IN (VALUES …)` by reading the whole table: an index serves a row value only
against a subquery (https://sqlite.org/rowvalue.html, "Row value IN operators"). Several ANDs joined
by OR are each looked up by index (https://sqlite.org/optoverview.html, "OR optimizations").
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_


def is_pair(
    first: ColumnElement[Any], second: ColumnElement[Any], pairs: Iterable[tuple[Any, Any]]
) -> ColumnElement[bool]:
    """Whether two columns hold one of the pairs; `first` is the one with few different values."""
    seconds: dict[Any, list[Any]] = defaultdict(list)
    for one, other in sorted(pairs):
        seconds[one].append(other)
    return or_(
        false(), *(and_(first == one, second.in_(others)) for one, others in seconds.items())
    )
