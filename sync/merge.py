"""Three-way merge of one cell: what an edit made over an older copy may do to the present one.

*Since base* compares with the trunk, the last write by anybody else, because a contiguous last
hop can hide an interleaved change (getodk/central #669, #698, #805).
"""

from typing import Any, NamedTuple, assert_never

from sync.collections import Policy
from sync.protocol import Outcome
from sync.state import Cell


class CellMerge(NamedTuple):
    """What becomes of one written value: `write` it or not, and whether both values differ."""

    outcome: Outcome
    write: bool
    clash: bool = False


TAKE = CellMerge(Outcome.APPLIED, write=True)
SAME = CellMerge(Outcome.NOOP, write=False)
NOT_YOURS = CellMerge(Outcome.REJECTED, write=False)
CONTESTED = CellMerge(Outcome.CONFLICT, write=False, clash=True)


def merge_cell(
    policy: Policy, present: Cell | None, value: Any, base: int, writer: str
) -> CellMerge:
    """Merge `value`, written by `writer` over its copy of sequence `base`, into `present`.

    Returns the outcome for this cell alone; the status machine (`sync.effects`) and the serial
    bindings (`sync.decide`) have their own rules on top.
    """
    if policy is Policy.OFFICE:
        return NOT_YOURS
    if present is None:
        return TAKE if value is not None else SAME
    if present.value == value:
        return SAME
    if present.foreign_to(writer) <= base:
        return TAKE
    return _interleaved(policy, present, value)


def merge_office_cell(
    policy: Policy, present: Cell | None, value: Any, base: int, writer: str
) -> CellMerge:
    """Merge what a dispatcher wrote over a copy of sequence `base` into `present`.

    The office's value stands, and what it had not seen is kept beside it; but a status that moved
    meanwhile is finished work until a human has looked at both.
    """
    if present is None or present.value == value or present.foreign_to(writer) <= base:
        return SAME if present is not None and present.value == value else TAKE
    match policy:
        case Policy.STATE:
            return CONTESTED
        case Policy.OFFICE | Policy.OWNED | Policy.SHARED:
            return CellMerge(Outcome.MERGED, write=True, clash=True)
        case _:
            return _interleaved(policy, present, value)


def _interleaved(policy: Policy, present: Cell, value: Any) -> CellMerge:
    match policy:
        case Policy.STATE:
            return CellMerge(Outcome.MERGED, write=True)
        case Policy.OWNED:
            return CellMerge(Outcome.MERGED, write=True, clash=True)
        case Policy.SHARED | Policy.OFFICE:
            return CONTESTED
        case Policy.SET:  # add wins over a removal that did not see it
            wins = value is not None or present.value is None
            return CellMerge(Outcome.MERGED if wins else Outcome.SUPERSEDED, write=wins)
        case Policy.APPEND | Policy.BINDING | Policy.SERVER:
            return CellMerge(Outcome.MERGED, write=True)
        case _ as never:
            assert_never(never)
