"""The ERPNext of a morning: a day with a few visits, and the mapping of its documents."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from backend.erp.mapping import Mapping, load_mapping
from backend.simulators.erpnext import SYNC_USER, Site
from backend.simulators.erpnext.building import add_user, empty_site, install
from backend.simulators.erpnext.field_doctypes import DEMO_DOCTYPES, OFFICE_ROLE, SYNC_ROLE
from backend.simulators.erpnext.schema import Doc
from tests.given import JULIE, MARC, TODAY
from tests.simulation.drafts import CONTACT, JOBS, MORNING

ZONE: Final = ZoneInfo("America/Toronto")
# The document of each record of a run.
DOCUMENTS: Final = {
    MARC: ("Technician", "TECH-001"),
    JULIE: ("Technician", "TECH-002"),
    CONTACT: ("Customer", "CUST-00001"),
    **{job: ("Dispatch Job", f"DJ-{at:05}") for at, job in enumerate(JOBS, 1)},
}
JOB: Final = "Dispatch Job"
_ENTITIES: Final = ("contact", "job")


def mapping() -> Mapping:
    """The default mapping, as far as a run has documents; each bill has to show a serial."""
    default = load_mapping(ZONE)
    entities = {name: default.entities[name] for name in _ENTITIES}
    evidence = {"Repair": ("serial",)}
    entities["job"] = msgspec.structs.replace(entities["job"], evidence=evidence)
    return msgspec.structs.replace(default, entities=entities)


def morning_site(now: datetime) -> Site:
    site = empty_site(lambda: now - timedelta(days=1), seed=1, roles=[SYNC_ROLE, OFFICE_ROLE])
    install(site, DEMO_DOCTYPES)
    add_user(site, SYNC_USER, "Field Sync", [SYNC_ROLE])
    for name in ("Marc", "Julie"):
        site.seed_document("Technician", full_name=name)
    site.seed_document("Customer", customer_name="Anne", mobile_no="450-555-0100")
    for at, job in enumerate(JOBS):
        who = JULIE if job in MORNING[JULIE] else MARC
        site.seed_document(JOB, **_visit(DOCUMENTS[who][1], billable=at > 0))
    return site


def _visit(technician: str, *, billable: bool) -> Doc:
    """A visit of today; one that can bill is held until a serial stands."""
    return {
        "subject": "Réparation",
        "job_type": "Repair",
        "status": "Assigned",
        "scheduled_date": TODAY.isoformat(),
        "technician": technician,
        "billable": int(billable),
        "customer": DOCUMENTS[CONTACT][1],
        "checklist": [{"item_id": "c1", "label": "Mesurer le signal", "required": 1}],
    }


def copy_of(site: Site, now: Callable[[], datetime]) -> Site:
    """The same documents, with other random names for what is to come."""
    return Site(now, seed=2, doctypes=dict(site.doctypes), database=site.database.copy())
