"""What this process counts for Prometheus (https://prometheus.io/docs/practices/naming): seconds,
counts and bytes; labels are closed sets, never a name, a number or a path."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY: Final = CollectorRegistry()
# From a tap to ERPNext takes a second, or the days that a phone or ERPNext was away.
_LAGS: Final = (0.25, 1, 5, 30, 60, 300, 900, 3600, 4 * 3600, 86_400, 4 * 86_400, 14 * 86_400)

REQUESTS: Final = Histogram(
    "terrain_request_seconds",
    "Requests answered, by the route's template",
    ("method", "route", "status"),
    buckets=(0.005, 0.025, 0.1, 0.25, 1, 5, 30),
    registry=REGISTRY,
)
BATCHES: Final = Histogram(
    "terrain_commit_callers",
    "Callers that shared a commit",
    buckets=(1, 2, 5, 10, 25, 50, 100, 200),
    registry=REGISTRY,
)
VERDICTS: Final = Counter(
    "terrain_verdicts", "Verdicts given to phones", ("outcome",), registry=REGISTRY
)
RECEIVED: Final = Histogram(
    "terrain_phone_to_server_seconds",
    "From the phone's clock when a mutation was made to its commit here",
    buckets=_LAGS,
    registry=REGISTRY,
)
FILED: Final = Histogram(
    "terrain_server_to_erpnext_seconds",
    "From a mutation's commit here to its being on file in ERPNext",
    buckets=_LAGS,
    registry=REGISTRY,
)
QUEUED: Final = Gauge("terrain_outbox_mutations", "Wait for ERPNext", registry=REGISTRY)
OLDEST: Final = Gauge(
    "terrain_outbox_oldest_seconds", "Age of the oldest that waits for ERPNext", registry=REGISTRY
)
PARKED: Final = Gauge("terrain_parked_documents", "Wait for a human", registry=REGISTRY)
PHOTOS: Final = Gauge(
    "terrain_photos_waiting", "Photos here and not yet in ERPNext", registry=REGISTRY
)
BREAKER: Final = Gauge(
    "terrain_breaker_open", "1 while an upstream is given up", ("upstream",), registry=REGISTRY
)
CONFLICTS: Final = Gauge("terrain_open_conflicts", "For the office to decide", registry=REGISTRY)
REFUSED: Final = Gauge("terrain_refused_mutations", "Refused in the last days", registry=REGISTRY)
ON_PHONES: Final = Gauge(
    "terrain_phone_pending_mutations", "That phones said they still hold", registry=REGISTRY
)
BACKUP: Final = Gauge("terrain_backup_timestamp_seconds", "Newest backup", registry=REGISTRY)
DISK: Final = Gauge("terrain_disk_free_bytes", "Under the data folder", registry=REGISTRY)
