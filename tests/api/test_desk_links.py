"""Links of technicians: made, sent, dictated, extended, revoked."""

import re

import pytest
from sqlalchemy import Connection

from backend.store.codes import enrol_by_code, hashed_code
from backend.store.devices import Enrolled
from tests.api.board import HOUR_MS, MINUTE_MS
from tests.api.desk import Office, sqlite_only
from tests.given import (
    MARC,
    NOW_MS,
)


@sqlite_only
async def test_a_link_is_told_once_sent_by_sms_and_kept_masked(office: Office) -> None:
    asked = {"technician": MARC, "days": 3, "to": "(514) 555-0142"}

    made = (await office.post("links", asked)).json()
    listed = await office.get("links")

    assert made["url"].startswith("https://terrain.example.ca/t/")
    assert {len(row) for row in made["qr"]} == {len(made["qr"])}
    assert made["sent"] == "sent"
    assert office.carrier.sent == [
        ("+15145550142", f"Bonjour Marc, ta journée dans Terrain : {made['url']}")
    ]
    [line] = listed
    assert line["sent"] == [
        {"at": NOW_MS, "by": "julie@example.test", "masked": "•••0142", "error": ""}
    ]
    assert made["url"].rpartition("/")[2] not in str(listed)


@sqlite_only
async def test_a_link_goes_by_e_mail_and_of_the_address_a_letter_is_kept(office: Office) -> None:
    asked = {"technician": MARC, "to": "marc.tremblay@example.ca", "lang": "en"}

    made = (await office.post("links", asked)).json()

    url = made["url"]
    said = f"Hi Marc, your day in Terrain: {url}"
    assert (office.mailer.sent, office.carrier.sent) == ([("marc.tremblay@example.ca", said)], [])
    [line] = await office.get("links")
    assert [each["masked"] for each in line["sent"]] == ["m•••@example.ca"]
    assert url.rpartition("/")[2] not in str(line)


@sqlite_only
@pytest.mark.parametrize(
    "address", ["marc@", "@example.ca", "a@b@c", "marc@exemple.ca\nBcc: x@y.z", "a b@c.ca"]
)
async def test_what_is_no_address_makes_no_link(office: Office, address: str) -> None:
    answer = await office.post("links", {"technician": MARC, "to": address})

    assert (answer.status_code, answer.json()["reason"]) == (400, "mail")
    assert (await office.get("links"), office.mailer.sent) == ([], [])


@sqlite_only
async def test_a_message_that_did_not_go_leaves_the_link_and_says_why(office: Office) -> None:
    office.carrier.refuses = "twilio-21211"

    made = await office.post("links", {"technician": MARC, "to": "5145550142"})
    wrong = await office.post("links", {"technician": MARC, "to": "514-CALL-ME"})
    nobody = await office.post("links", {"technician": "technician/none"})

    assert (made.status_code, made.json()["sent"]) == (201, "twilio-21211")
    assert (wrong.status_code, wrong.json()["reason"]) == (400, "number")
    assert nobody.status_code == 404
    assert len(await office.get("links")) == 1


@sqlite_only
async def test_a_dictated_code_enrols_one_phone_within_ten_minutes(office: Office) -> None:
    asked = {"technician": MARC, "code": True, "to": "5145550142"}

    made = (await office.post("links", asked)).json()

    hashed = await hashed_code(made["code"])

    def by_two_phones(conn: Connection) -> list[bool]:
        found = [enrol_by_code(conn, hashed, nonce, NOW_MS, "") for nonce in ("1", "2")]
        return [isinstance(each, Enrolled) for each in found]

    assert await office.given(by_two_phones) == [True, False]
    assert made["url"] == "https://terrain.example.ca/t/"
    assert made["expiresAt"] - NOW_MS == 10 * MINUTE_MS
    assert re.fullmatch(r"\d{6}", made["code"])
    [(_, text)] = office.carrier.sent
    assert text == f"Bonjour Marc, ouvre {made['url']} et tape ce code : {made['code']}"


@sqlite_only
async def test_a_link_is_extended_until_it_is_revoked(office: Office) -> None:
    made = (await office.post("links", {"technician": MARC, "days": 1})).json()

    longer = await office.post(f"links/{made['id']}/extend", {"days": 2})
    ended = await office.post(f"links/{made['id']}/revoke", {})
    too_late = await office.post(f"links/{made['id']}/extend", {"days": 2})

    assert longer.json() == {"expiresAt": NOW_MS + 3 * 24 * HOUR_MS}
    assert (ended.status_code, too_late.status_code) == (204, 404)
    [line] = await office.get("links")
    assert line["state"] == "revoked"
