"""Every table of the store, as SQLAlchemy Core; migrations are the truth, a test compares both.

Instants are UTC milliseconds. Values of cells are JSON text. `sequence` is the server's number of
a change, in commit order.
"""

from backend.store.tables.access import (
    device,
    enrolment_code,
    link,
    push_subscription,
    staff_account,
    staff_session,
)
from backend.store.tables.alerts import alert
from backend.store.tables.base import metadata
from backend.store.tables.blobs import blob, blob_reference
from backend.store.tables.checks import evidence
from backend.store.tables.equipment import binding, identity, lookup
from backend.store.tables.erpnext import (
    attachment,
    lane,
    outbox,
    receipt,
    shadow,
    upstream_check,
    upstream_cursor,
    upstream_state,
)
from backend.store.tables.feed import counter, feed, mutation, replica
from backend.store.tables.office import closed_refusal, message, outage
from backend.store.tables.records import cell, change, record
from backend.store.tables.scope import conflict, membership, scope_reason

__all__ = [
    "alert",
    "attachment",
    "binding",
    "blob",
    "blob_reference",
    "cell",
    "change",
    "closed_refusal",
    "conflict",
    "counter",
    "device",
    "enrolment_code",
    "evidence",
    "feed",
    "identity",
    "lane",
    "link",
    "lookup",
    "membership",
    "message",
    "metadata",
    "mutation",
    "outage",
    "outbox",
    "push_subscription",
    "receipt",
    "record",
    "replica",
    "scope_reason",
    "shadow",
    "staff_account",
    "staff_session",
    "upstream_check",
    "upstream_cursor",
    "upstream_state",
]
