"""Frappe's traps are behaviour of the simulator: those that no recorded pair shows whole."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]

JOBS = "/api/resource/Dispatch Job"
JOB = f"{JOBS}/DJ-00005"
METHOD = "/api/method/frappe.client"


async def read(client: httpx.AsyncClient, path: str = JOB) -> dict[str, Any]:
    data: dict[str, Any] = (await client.get(path)).json()["data"]
    return data


async def refusal(client: httpx.AsyncClient, body: dict[str, Any]) -> tuple[int, str]:
    answer = await client.put(JOB, json=body)
    return answer.status_code, answer.json()["exc_type"]


async def test_modified_is_compared_as_text(simulated: SimulatedSite) -> None:
    async with simulated.client() as client:
        stamp = (await read(client))["modified"]
        other_text = stamp.replace(" ", "T")
        refused = await refusal(client, {"status": "En Route", "modified": other_text})
        assert refused == (417, "TimestampMismatchError")
        accepted = await client.put(JOB, json={"status": "En Route", "modified": stamp})
    assert accepted.status_code == 200


async def test_two_saves_in_the_same_instant_have_different_stamps(
    simulated: SimulatedSite,
) -> None:
    async with simulated.client() as client:
        first = (await client.put(JOB, json={})).json()["data"]["modified"]
        second = (await client.put(JOB, json={})).json()["data"]["modified"]
    assert first < second


async def test_modified_goes_back_an_hour_when_summer_time_ends(simulated: SimulatedSite) -> None:
    clock = simulated.clock
    clock.instant = datetime(2026, 11, 1, 5, 59, tzinfo=UTC)
    async with simulated.client() as client:
        before = (await client.put(JOB, json={})).json()["data"]["modified"]
        clock.advance(120)
        after = (await client.put(JOB, json={})).json()["data"]["modified"]
    assert (before[11:16], after[11:16]) == ("01:59", "01:01")


async def test_another_name_in_the_body_is_a_missing_document(simulated: SimulatedSite) -> None:
    async with simulated.client() as client:
        assert await refusal(client, {"name": "DJ-00006"}) == (404, "DoesNotExistError")


async def test_creation_cannot_be_changed(simulated: SimulatedSite) -> None:
    async with simulated.client() as client:
        refused = await refusal(client, {"creation": "2020-01-01 00:00:00.000000"})
    assert refused == (417, "CannotChangeConstantError")


async def test_a_child_row_sent_by_name_alone_lacks_its_values(simulated: SimulatedSite) -> None:
    async with simulated.client() as client:
        row = (await read(client))["tags"][0]["name"]
        assert await refusal(client, {"tags": [{"name": row}]}) == (417, "MandatoryError")


async def test_a_child_row_inserted_by_client_keeps_the_others_and_moves_the_parent(
    simulated: SimulatedSite,
) -> None:
    row = {
        "doctype": "Dispatch Job Tag",
        "parent": "DJ-00005",
        "parenttype": "Dispatch Job",
        "parentfield": "tags",
        "tag": "Urgent",
    }
    async with simulated.client() as client:
        before = await read(client)
        simulated.clock.advance(1)
        await client.post(f"{METHOD}.insert", json={"doc": row})
        after = await read(client)
        await client.post("/api/resource/Dispatch Job Tag", json={**row, "tag": "Nacelle"})
        silent = await read(client)
    assert [tag["idx"] for tag in after["tags"]] == list(range(1, len(before["tags"]) + 2))
    assert after["tags"][0]["name"] == before["tags"][0]["name"]
    assert after["modified"] > before["modified"]
    assert [tag["tag"] for tag in silent["tags"]][-2:] == ["Urgent", "Nacelle"]
    assert silent["modified"] == after["modified"]


async def test_the_same_post_twice_makes_two_jobs(simulated: SimulatedSite) -> None:
    job = {"name": "MINE-1", "subject": "Nouveau"}
    async with simulated.client() as client:
        names = [(await client.post(JOBS, json=job)).json()["data"]["name"] for _ in range(2)]
    assert names[0] != names[1]
    assert all(name.startswith("DJ-") for name in names)


async def test_a_refused_post_uses_up_no_number(simulated: SimulatedSite) -> None:
    async with simulated.client() as client:
        before = (await client.post(JOBS, json={"subject": "a"})).json()["data"]["name"]
        assert (await client.post(JOBS, json={"status": "Open"})).status_code == 417
        after = (await client.post(JOBS, json={"subject": "b"})).json()["data"]["name"]
    assert int(after[3:]) == int(before[3:]) + 1


async def test_of_eight_creates_with_one_uuid_one_succeeds(simulated: SimulatedSite) -> None:
    operation = {"name": "0190b9a4-7a4b-7c3e-8f00-000000000002", "job": "DJ-00005"}
    async with simulated.client() as client:
        answers = await asyncio.gather(
            *(client.post("/api/resource/Field Operation", json=operation) for _ in range(8))
        )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7


async def test_more_than_200_inserts_at_once_are_refused(simulated: SimulatedSite) -> None:
    docs = [{"doctype": "Field Operation", "kind": "note"} for _ in range(201)]
    async with simulated.client() as client:
        refused = await client.post(f"{METHOD}.insert_many", json={"docs": docs})
        accepted = await client.post(f"{METHOD}.insert_many", json={"docs": docs[:200]})
    assert (refused.status_code, len(accepted.json()["message"])) == (417, 200)
    assert len(simulated.site.database.rows("Field Operation")) == 200


async def test_a_request_that_cannot_be_read_fails_without_effect(
    simulated: SimulatedSite,
) -> None:
    docs = [{"doctype": "Dispatch Job", "docname": "DJ-00005", "status": "En Route"}, 7]
    async with simulated.client() as client:
        failed = await client.post(f"{METHOD}.bulk_update", json={"docs": docs})
        await client.put(f"{JOBS}/DJ-00006", json={"tech_notes": "x"})
        shown = await read(client)
    assert (failed.status_code, shown["status"]) == (500, "Assigned")
    assert simulated.site.log.effects_on("Dispatch Job", "DJ-00005") == []


async def test_a_list_where_one_value_belongs_and_a_long_text_are_refused(
    simulated: SimulatedSite,
) -> None:
    async with simulated.client() as client:
        assert await refusal(client, {"subject": ["a"]}) == (417, "ValidationError")
        long = await refusal(client, {"subject": "a" * 141})
    assert long == (417, "CharacterLengthExceededError")


async def test_a_stale_document_of_a_bulk_update_fails_alone(simulated: SimulatedSite) -> None:
    stale = {"modified": "2020-01-01 00:00:00.000000", "status": "En Route"}
    docs = [
        {"doctype": "Dispatch Job", "docname": "DJ-00005", **stale},
        {"doctype": "Dispatch Job", "docname": "DJ-00006", "status": "En Route"},
    ]
    async with simulated.client() as client:
        answer = await client.post(f"{METHOD}.bulk_update", json={"docs": json.dumps(docs)})
        saved = await read(client, f"{JOBS}/DJ-00006")
    failed = answer.json()["message"]["failed_docs"]
    assert [entry["doc"]["docname"] for entry in failed] == ["DJ-00005"]
    last_line = failed[0]["exc"].strip().splitlines()[-1]
    assert last_line.startswith("frappe.exceptions.TimestampMismatchError:")
    assert saved["status"] == "En Route"


async def test_client_save_wants_the_whole_document(simulated: SimulatedSite) -> None:
    async with simulated.client() as client:
        doc = await read(client)
        short = {key: doc[key] for key in ("doctype", "name", "modified", "subject")}
        saved = (await client.post(f"{METHOD}.save", json={"doc": short})).json()["message"]
        bare = {"doctype": "Dispatch Job", "name": "DJ-00005", "subject": "x"}
        refused = await client.post(f"{METHOD}.save", json={"doc": bare})
    assert (saved["technician"], saved["tags"]) == (None, [])
    assert refused.json()["exc_type"] == "TimestampMismatchError"


async def test_an_error_is_html_for_a_browser_and_v2_has_its_own_shape(
    simulated: SimulatedSite,
) -> None:
    async with simulated.client() as client:
        page = await client.get(f"{JOBS}/DJ-99999", headers={"Accept": "text/html"})
        entry = (await client.get("/api/v2/document/Dispatch Job/DJ-99999")).json()
    assert page.headers["Content-Type"].startswith("text/html")
    assert entry["errors"][0]["type"] == "DoesNotExistError"


async def test_a_very_long_address_is_refused_by_the_web_server(simulated: SimulatedSite) -> None:
    names = json.dumps([["name", "in", [f"DJ-{number:05}" for number in range(2000)]]])
    async with simulated.client() as client:
        refused = await client.get(JOBS, params={"filters": names})
        body = {"doctype": "Dispatch Job", "filters": names, "limit_page_length": 0}
        accepted = await client.post(f"{METHOD}.get_list", json=body)
    assert (refused.status_code, refused.headers["Content-Type"]) == (400, "text/html")
    assert len(accepted.json()["message"]) > 20


async def test_renames_deletes_and_silent_writes_leave_no_modified_behind(
    simulated: SimulatedSite,
) -> None:
    site = simulated.site
    async with simulated.client() as client:
        before = await read(client)
        site.rename_as_office("Dispatch Job", "DJ-00005", "DJ-A")
        site.write_silently("Dispatch Job", "DJ-A", priority="Urgent")
        site.delete_as_office("Dispatch Job", "DJ-00006")
        renamed = await read(client, f"{JOBS}/DJ-A")
        gone = [(await client.get(f"{JOBS}/DJ-0000{n}")).status_code for n in (5, 6)]
    assert (renamed["modified"], renamed["priority"]) == (before["modified"], "Urgent")
    assert gone == [404, 404]


async def test_equal_names_of_different_photos_get_different_addresses(
    simulated: SimulatedSite,
) -> None:
    target = {"is_private": "1", "doctype": "Dispatch Job", "docname": "DJ-00005"}
    async with simulated.client() as client:
        urls = []
        for content in (b"one", b"two"):
            files = {"file": ("a.jpg", content, "image/jpeg")}
            answer = await client.post("/api/method/upload_file", data=target, files=files)
            urls.append(answer.json()["message"]["file_url"])
        shown = [(await client.get(url)).content for url in urls]
    tail = hashlib.md5(b"two", usedforsecurity=False).hexdigest()[-6:]
    assert urls == ["/private/files/a.jpg", f"/private/files/a{tail}.jpg"]
    assert shown == [b"one", b"two"]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ([["status", "in", ["Assigned"]], ["technician", "=", "TECH-001"]], 16),
        ({"technician": ["like", "TECH-00%"], "scheduled_date": "2026-11-23"}, 16),
        ([["Dispatch Job", "technician", "is", "not set"]], 1),
        ([["scheduled_date", "between", ["2026-11-24", "2026-11-25"]]], 25),
    ],
)
async def test_filters_are_taken_in_every_form(
    simulated: SimulatedSite, filters: Any, count: int
) -> None:
    params = {"filters": json.dumps(filters), "limit": "0"}
    async with simulated.client() as client:
        rows = (await client.get(JOBS, params=params)).json()["data"]
    assert len(rows) == count


async def test_child_rows_are_listed_with_the_right_on_their_parent(
    simulated: SimulatedSite,
) -> None:
    ask = {
        "doctype": "Dispatch Job Tag",
        "fields": ["*"],
        "filters": [["parent", "in", ["DJ-00005", "DJ-00007"]], ["parentfield", "=", "tags"]],
        "order_by": "parent asc, idx asc",
        "limit_page_length": 0,
    }
    async with simulated.client() as http:
        path = "/api/method/frappe.client.get_list"
        rows = (await http.post(path, json=ask | {"parent": "Dispatch Job"})).json()["message"]
        refused = await http.post(path, json=ask | {"parent": "Secret"})

    assert {row["parent"] for row in rows} == {"DJ-00005", "DJ-00007"}
    assert rows[0]["parentfield"] == "tags"
    assert refused.status_code != 200
