"""The simulated ERPNext of the drill: its documents, its billing, and the line that is cut."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

import httpx

from backend.simulators.erpnext import SYNC_USER, Fault, FaultKind, Site
from backend.simulators.erpnext.building import add_user, empty_site, install
from backend.simulators.erpnext.field_doctypes import DEMO_DOCTYPES, OFFICE_ROLE, SYNC_ROLE
from backend.simulators.erpnext.schema import Doc, DocType, Field, allow, link
from bench.outage.plan import STEPS, TECHNICIANS, Edit, Plan, Visit, serial

INVOICE: Final = "Sales Invoice"
_INVOICE: Final = DocType(
    INVOICE,
    (link("job", "Dispatch Job"), Field("completed_at", "Datetime")),
    autoname="format:INV-{#####}",
    permissions=(allow("System Manager", "read write create delete"),),
)
# What a drain meets on the way: each answer is lost, refused or overtaken once or twice.
ROUGH: Final = (
    Fault(FaultKind.LOST_ANSWER, times=2, path="bulk_update"),
    Fault(FaultKind.LOST_ANSWER, times=2, path="insert_many"),
    Fault(FaultKind.SERIALIZATION_FAILURE, times=2, path="bulk_update"),
    Fault(FaultKind.CONNECTION_DROPPED, times=2, path="get_list"),
    Fault(FaultKind.HTML_ERROR, path="insert_many"),
)


class Line(httpx.AsyncBaseTransport):
    """The way to the site: while it is `cut` nothing arrives there."""

    def __init__(self, site: httpx.AsyncBaseTransport) -> None:
        self.cut = False
        self._site = site

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The site's answer, or a connection error."""
        if self.cut:
            raise httpx.ConnectError("unreachable", request=request)
        return await self._site.handle_async_request(request)


def open_site(
    plan: Plan, first_day: date, now: Callable[[], datetime], technicians: int = TECHNICIANS
) -> Site:
    """The site on the eve of the outage: technicians, and every visit assigned."""
    site = empty_site(now, 1, roles=[SYNC_ROLE, OFFICE_ROLE])
    install(site, (*DEMO_DOCTYPES, _INVOICE))
    add_user(site, SYNC_USER, "Field Sync", [SYNC_ROLE])
    for number in range(1, technicians + 1):
        site.seed_document("Technician", full_name=f"Technicien {number}", active=1)
    for visit in plan.visits:
        _seed(site, visit, first_day)
    site.scripts.append(bill)
    return site


def bill(site: Site, doctype: str, before: Doc, after: Doc) -> None:
    """The site's own script: a billable job that becomes completed is invoiced."""
    completed = before.get("status") != "Completed" == after.get("status")
    if doctype == "Dispatch Job" and after.get("billable") and completed:
        row = site.database.rows(INVOICE)
        name = f"INV-{len(row) + 1:05}"
        invoice = {"name": name, "job": after["name"], "completed_at": after["completed_at"]}
        site.database.put(INVOICE, name, invoice)


def edit(site: Site, planned: Edit) -> None:
    """The office saves one form."""
    fields = dict(planned.fields)
    if planned.tag:
        rows = site.document(planned.doctype, planned.name)["tags"]
        fields["tags"] = [*rows, {"tag": planned.tag}]
    site.edit_as_office(planned.doctype, planned.name, **fields)


def _seed(site: Site, visit: Visit, first_day: date) -> None:
    customer = site.seed_document("Customer", customer_name=f"Client {visit.number}")["name"]
    place = site.seed_document(
        "Service Location", location_name=f"Lieu {visit.number}", customer=customer
    )["name"]
    if visit.job_type == "Installation":
        site.seed_document("Service Equipment", serial_number=serial(visit.number))
    site.seed_document(
        "Dispatch Job",
        subject=f"Visite {visit.number}",
        job_type=visit.job_type,
        billable=int(visit.billable),
        status="Assigned",
        technician=f"TECH-{visit.technician + 1:03}",
        customer=customer,
        service_location=place,
        scheduled_date=(first_day + timedelta(days=visit.day)).isoformat(),
        tags=[{"tag": "Fibre"}],
        checklist=[{"item_id": step, "label": f"Étape {step}"} for step in STEPS],
    )
