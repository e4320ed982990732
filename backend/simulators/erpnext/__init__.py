"""A small Frappe site that behaves as the recorded one: the upstream of tests and of the demo."""

from backend.simulators.erpnext.app import create_erpnext_simulator
from backend.simulators.erpnext.demo import demo_site
from backend.simulators.erpnext.faults import Fault, FaultKind
from backend.simulators.erpnext.gateway import ConnectionDroppedError
from backend.simulators.erpnext.recorded import PROVISION_USER, SYNC_USER, recorded_site
from backend.simulators.erpnext.site import OFFICE_USER, RateLimit, Site

__all__ = [
    "OFFICE_USER",
    "PROVISION_USER",
    "SYNC_USER",
    "ConnectionDroppedError",
    "Fault",
    "FaultKind",
    "RateLimit",
    "Site",
    "create_erpnext_simulator",
    "demo_site",
    "recorded_site",
]
