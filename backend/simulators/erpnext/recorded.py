"""The site of the recorded pairs: its schema, its users and the documents that they assume."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from backend.simulators.erpnext.building import add_user, empty_site, install
from backend.simulators.erpnext.field_doctypes import RECORDED_DOCTYPES, SYNC_ROLE
from backend.simulators.erpnext.schema import Doc
from backend.simulators.erpnext.site import Site

SYNC_USER: Final = "field-sync@example.test"
PROVISION_USER: Final = "provision@example.test"
JOBS: Final = 200
TECHNICIANS: Final = 10
_ZONE: Final = ZoneInfo("America/Toronto")
_INSTALLED: Final = "02:52:33.000000"
_JOB_DOCTYPE_MADE: Final = "02:52:33.125885"
_SYNC_USER_MADE: Final = "02:52:34.617412"
_LOGIN_MADE: Final = "02:52:34.784376"
_LOCATIONS_MADE: Final = "02:52:35.466446"
_TECHNICIANS_MADE: Final = "02:52:36.980114"

# Number: creation, job type, status, technician. Jobs in between were never shown.
_SEEN_JOBS: Final = {
    1: ("02:52:39.985253", "Installation", "Open", 5),
    2: ("02:52:40.042711", "Repair", "Assigned", 3),
    3: ("02:52:40.065444", "Repair", "Assigned", 4),
    5: ("02:52:40.151967", "Repair", "Assigned", 4),
    10: ("02:52:40.369626", "Repair", "Open", 8),
    11: ("02:52:40.397973", "Repair", "Assigned", 4),
    12: ("02:52:40.432595", "Repair", "Assigned", 8),
    15: ("02:52:40.515500", "Installation", "Assigned", 4),
    20: ("02:52:40.653580", "Repair", "Assigned", 2),
    30: ("02:52:40.942181", "Repair", "Assigned", 3),
    40: ("02:52:41.171299", "Repair", "Assigned", 5),
    41: ("02:52:41.202718", "Repair", "Assigned", 3),
}


class _Building:
    """The clock of the days when the site was filled."""

    def __init__(self) -> None:
        self.instant = _moment(_INSTALLED)

    def __call__(self) -> datetime:
        return self.instant

    def at(self, clock: str) -> None:
        self.instant = _moment(clock)

    def later(self) -> None:
        self.instant += timedelta(milliseconds=1)


def recorded_site(now: Callable[[], datetime]) -> Site:
    """A fresh copy of the recorded site; `now` drives everything after the filling."""
    clock = _Building()
    site = empty_site(clock, seed=16, roles=[SYNC_ROLE])
    for kind in RECORDED_DOCTYPES:
        clock.at(_JOB_DOCTYPE_MADE) if kind.name == "Dispatch Job" else clock.later()
        install(site, [kind])
    _add_users(site, clock)
    _add_places(site, clock)
    _add_jobs(site, clock)
    site.now = now
    return site


def _moment(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-23 {clock}").replace(tzinfo=_ZONE)


def _add_users(site: Site, clock: _Building) -> None:
    clock.at(_SYNC_USER_MADE)
    add_user(site, SYNC_USER, "Field Sync", [SYNC_ROLE])
    logins = [
        {**row, "creation": f"2026-11-23 {_LOGIN_MADE}"}
        for row in site.document("User", SYNC_USER)["social_logins"]
    ]
    seen = {"thread_notify": 0, "allowed_in_mentions": 0, "social_logins": logins}
    site.write_silently("User", SYNC_USER, **seen)
    add_user(site, PROVISION_USER, "Provision", ["System Manager"])


def _add_places(site: Site, clock: _Building) -> None:
    clock.at(_LOCATIONS_MADE)
    for number in range(JOBS):
        site.seed_document("Service Location", **_location(number))
        site.seed_document("Service Subscription")
        clock.later()
    clock.at(_TECHNICIANS_MADE)
    for number in range(TECHNICIANS):
        email = f"tech{number}@example.test"
        site.seed_document("Technician", full_name=f"Tech {number}", email=email)
        clock.later()
    site.seed_document("Service Equipment", serial_number="TPLG00000001", equipment_type="ONT")


def _location(number: int) -> Doc:
    return {
        "location_name": f"Lieu {number}",
        "customer_name": f"Client {number}",
        "latitude": round(45.192383276 + number / 1000, 9),
        "longitude": round(-73.664915083 - number / 1000, 9),
        "olt_name": "OLT-1",
        "pon_port": f"0/{number % 8}",
    }


def _add_jobs(site: Site, clock: _Building) -> None:
    for number in range(1, JOBS + 1):
        made, job_type, status, technician = _SEEN_JOBS.get(number, ("", "Repair", "Open", 1))
        clock.at(made) if made else clock.later()
        site.seed_document(
            "Dispatch Job",
            subject=f"Installation {number - 1}",
            job_type=job_type,
            status=status,
            technician=f"TECH-{technician:03}",
            service_location=f"SL-{number:05}",
            subscription=f"SUB-{number:05}",
            scheduled_date="2026-11-24",
            tags=[{"tag": "Fibre"}],
        )
