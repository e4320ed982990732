"""Which days and records a phone holds."""

from datetime import date

from sync.scope import holdings, window

MONDAY = date(2026, 11, 23)


def test_the_window_goes_seven_days_back_and_two_working_days_ahead() -> None:
    assert window(MONDAY) == (date(2026, 11, 16), date(2026, 11, 25))


def test_friday_shows_monday_and_tuesday() -> None:
    assert window(date(2026, 11, 27))[1] == date(2026, 12, 1)


def test_an_outage_opens_fourteen_days_ahead() -> None:
    assert window(MONDAY, outage=True)[1] == date(2026, 12, 7)


def test_assistants_hold_what_the_assignee_holds() -> None:
    job = {"date": "2026-11-23", "technician": "t/1", "assistants": ["t/2"], "location": "l/1"}

    held = holdings("job/1", job, window(MONDAY))

    assert held == {(who, key) for who in ("t/1", "t/2") for key in ("job/1", "l/1", who)}


def test_a_visit_outside_the_window_or_without_a_day_is_held_by_nobody() -> None:
    job = {"technician": "t/1"}

    assert holdings("job/1", {**job, "date": "2026-11-26"}, window(MONDAY)) == set()
    assert holdings("job/1", job, window(MONDAY)) == set()
