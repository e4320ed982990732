"""Properties of the three-way merge of one cell."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sync.collections import Policy
from sync.merge import merge_cell
from sync.protocol import Outcome
from sync.state import Cell

values: st.SearchStrategy[Any] = st.one_of(st.none(), st.booleans(), st.text(max_size=3))
writers = st.sampled_from(["phone:1", "other:1", "erp"])
cells = st.builds(
    Cell,
    value=values,
    sequence=st.integers(1, 9),
    writer=writers,
    author=st.just("x"),
    at=st.just(0),
    other=st.integers(0, 8),
)
free_policies = st.sampled_from([each for each in Policy if each is not Policy.OFFICE])
bases = st.integers(0, 10)


@given(policy=free_policies, cell=cells, base=bases)
def test_writing_what_is_there_changes_nothing(policy: Policy, cell: Cell, base: int) -> None:
    assert merge_cell(policy, cell, cell.value, base, "phone:1").outcome is Outcome.NOOP


@given(policy=free_policies, cell=cells, value=values, base=bases)
def test_nothing_differing_is_ever_silently_overruled(
    policy: Policy, cell: Cell, value: Any, base: int
) -> None:
    """A foreign value that the writer had not seen is either kept or noted as a clash."""
    merge = merge_cell(policy, cell, value, base, "phone:1")

    unseen = cell.foreign_to("phone:1") > base and cell.value != value
    simple = policy in (Policy.OWNED, Policy.SHARED)
    assert not (unseen and simple) or merge.clash
    assert merge.write or merge.outcome is not Outcome.APPLIED


@given(cell=cells, value=values, base=bases)
def test_the_office_value_of_a_shared_field_stays_in_a_conflict(
    cell: Cell, value: Any, base: int
) -> None:
    merge = merge_cell(Policy.SHARED, cell, value, base, "phone:1")

    assert merge.write != (merge.outcome in (Outcome.CONFLICT, Outcome.NOOP))


@given(cell=cells, value=values, base=bases)
def test_a_phone_never_writes_what_the_office_owns(cell: Cell, value: Any, base: int) -> None:
    assert merge_cell(Policy.OFFICE, cell, value, base, "phone:1").outcome is Outcome.REJECTED


@given(cell=cells)
def test_an_addition_survives_a_removal_that_did_not_see_it(cell: Cell) -> None:
    present = cell._replace(value=True, writer="other:1", sequence=9)

    assert not merge_cell(Policy.SET, present, None, 3, "phone:1").write
    assert merge_cell(Policy.SET, present._replace(value=None), True, 3, "phone:1").write
