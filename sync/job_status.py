"""The status state machine of a job: which steps the field and the office may take."""

from enum import StrEnum
from typing import Final


class JobStatus(StrEnum):
    """Where a visit stands; ERPNext's words for it are in `erpnext.toml`."""

    TODO = "todo"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    NOT_COMPLETED = "not_completed"
    CANCELLED = "cancelled"


_VALUES: Final = frozenset(JobStatus.__members__.values())
FINISHED: Final = frozenset({JobStatus.COMPLETED, JobStatus.NOT_COMPLETED})
# Statuses that say why, in a cell of its own.
REASONED: Final = frozenset({JobStatus.NOT_COMPLETED, JobStatus.ON_HOLD})

# A technician may skip a step that was done by phone or forgotten, and undo one that was a slip
# of the thumb; reopening finished work and cancelling belong to the office.
FIELD_STEPS: Final[dict[JobStatus, frozenset[JobStatus]]] = {
    JobStatus.TODO: frozenset({JobStatus.EN_ROUTE, JobStatus.ON_SITE, JobStatus.NOT_COMPLETED}),
    JobStatus.EN_ROUTE: frozenset(
        {JobStatus.TODO, JobStatus.ON_SITE, JobStatus.ON_HOLD, JobStatus.NOT_COMPLETED}
    ),
    JobStatus.ON_SITE: frozenset(
        {JobStatus.EN_ROUTE, JobStatus.ON_HOLD, JobStatus.COMPLETED, JobStatus.NOT_COMPLETED}
    ),
    JobStatus.ON_HOLD: frozenset({JobStatus.EN_ROUTE, JobStatus.ON_SITE, JobStatus.NOT_COMPLETED}),
    JobStatus.COMPLETED: frozenset(),
    JobStatus.NOT_COMPLETED: frozenset(),
    JobStatus.CANCELLED: frozenset(),
}

REASONS_NOT_COMPLETED: Final = frozenset(
    {
        "customer_absent",
        "access_denied",
        "address_not_found",
        "no_fibre_at_terminal",
        "signal_out_of_range",
        "equipment_faulty",
        "equipment_missing",
        "works_required",
        "weather_or_safety",
        "postponed_by_customer",
        "other",
    }
)
REASONS_ON_HOLD: Final = frozenset({"part", "break", "help_requested", "waiting_for_office"})


def parse_status(value: object) -> JobStatus | None:
    """The status named by an untrusted value, or None."""
    return JobStatus(value) if isinstance(value, str) and value in _VALUES else None


def is_field_step(current: JobStatus, to: JobStatus) -> bool:
    """Whether a technician may go from one status straight to another."""
    return to in FIELD_STEPS[current]


def is_field_path(current: JobStatus, to: JobStatus) -> bool:
    """Whether legal field steps lead from one status to another, through any others."""
    seen, todo = {current}, [current]
    while todo:
        for step in FIELD_STEPS[todo.pop()] - seen:
            seen.add(step)
            todo.append(step)
    return to != current and to in seen


def reason_fault(to: JobStatus, reason: str, text: str) -> str:
    """The code of what is wrong with a status change's reason, or "" when it is right."""
    allowed = {
        JobStatus.NOT_COMPLETED: REASONS_NOT_COMPLETED,
        JobStatus.ON_HOLD: REASONS_ON_HOLD,
    }.get(to)
    if allowed is None:
        return "reason-not-expected" if reason else ""
    if reason not in allowed:
        return "reason-required"
    return "text-required" if reason == "other" and not text.strip() else ""
