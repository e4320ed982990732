"""The demo's site: the same for the same seed, Marc's eight visits, French words."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from backend.simulators.erpnext import Site, demo_site

MONDAY = date(2026, 11, 23)
FRIDAY = date(2026, 11, 27)


def built(day: date, seed: int = 1) -> Site:
    return demo_site(day, seed, now=lambda: datetime(2026, 11, 23, 13, tzinfo=UTC))


def jobs(site: Site, technician: str, day: str) -> list[dict[str, Any]]:
    wanted = (technician, day)
    rows = site.database.rows("Dispatch Job")
    return [row for row in rows if (row["technician"], row["scheduled_date"]) == wanted]


def test_the_same_seed_makes_the_same_site_and_another_seed_does_not() -> None:
    first, again, other = built(MONDAY), built(MONDAY), built(MONDAY, seed=2)
    for doctype in first.doctypes:
        assert first.database.rows(doctype) == again.database.rows(doctype)
    assert first.database.rows("Customer") != other.database.rows("Customer")


def test_marc_has_eight_visits_today_and_work_on_the_next_two_working_days() -> None:
    site = built(FRIDAY)
    assert site.document("Technician", "TECH-001")["full_name"] == "Marc Tremblay"
    assert len(jobs(site, "TECH-001", "2026-11-27")) == 8
    assert len(jobs(site, "TECH-001", "2026-11-30")) == 4
    assert len(jobs(site, "TECH-001", "2026-12-01")) == 4
    assert len(site.database.rows("Technician")) == 3


def test_past_visits_are_closed_and_coming_ones_assigned() -> None:
    rows = built(MONDAY).database.rows("Dispatch Job")
    past = {row["status"] for row in rows if row["scheduled_date"] < "2026-11-23"}
    ahead = {row["status"] for row in rows if row["scheduled_date"] >= "2026-11-23"}
    assert past <= {"Completed", "Not Completed"}
    assert ahead == {"Assigned", "Open"}


@pytest.mark.parametrize(
    ("job_type", "billable"), [("Installation", 1), ("Repair", 0), ("Maintenance", 0)]
)
def test_each_job_type_is_there_and_only_installations_are_billed(
    job_type: str, billable: int
) -> None:
    rows = built(MONDAY).database.rows("Dispatch Job")
    assert {row["billable"] for row in rows if row["job_type"] == job_type} == {billable}


def test_a_visit_has_a_place_a_line_a_checklist_and_a_phone() -> None:
    site = built(MONDAY)
    for row in jobs(site, "TECH-001", "2026-11-23"):
        assert site.document("Service Location", row["service_location"])["olt_name"]
        assert site.document("Service Subscription", row["subscription"])["plan"]
        assert row["customer_phone"].startswith("+145055501")
        assert row["checklist"][0]["item_id"]
        assert row["scheduled_start"] < row["scheduled_end"]


def test_no_visit_shares_its_home_with_another() -> None:
    rows = built(MONDAY).database.rows("Dispatch Job")
    assert len({row["service_location"] for row in rows}) == len(rows)


def test_two_installations_of_marc_are_steps_of_one_order() -> None:
    chained = [row for row in built(MONDAY).database.rows("Dispatch Job") if row["step_order"]]
    assert [row["step_order"] for row in chained] == [1, 2]
    assert chained[1]["parent_job"] == chained[0]["name"]
