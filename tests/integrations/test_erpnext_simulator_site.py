"""What any ERPNext must answer before the client is tried on it: simulated or real."""

import pytest

from tests.integrations.erpnext_site import ErpnextSite, SimulatedSite, real_site

pytest_plugins = ["tests.integrations.erpnext_site"]

METHOD = "/api/method"
JOBS = "/api/resource/Dispatch Job"


async def test_the_token_belongs_to_a_user_who_is_not_the_administrator(
    erpnext_site: ErpnextSite,
) -> None:
    async with erpnext_site.client() as client:
        answer = await client.get(f"{METHOD}/frappe.auth.get_logged_user")
    assert answer.status_code == 200
    assert answer.json()["message"] not in {"Guest", "Administrator"}


async def test_a_ping_proves_no_token_but_a_wrong_token_is_refused(
    erpnext_site: ErpnextSite,
) -> None:
    wrong = {"Authorization": "token nobody:nothing"}
    async with erpnext_site.client() as client:
        del client.headers["Authorization"]
        assert (await client.get(f"{METHOD}/ping")).json() == {"message": "pong"}
        assert (await client.get(JOBS)).status_code == 403
        assert (await client.get(JOBS, headers=wrong)).status_code == 401


async def test_the_site_tells_its_time_zone_and_the_fields_of_a_job(
    erpnext_site: ErpnextSite,
) -> None:
    async with erpnext_site.client() as client:
        zone = await client.get(f"{METHOD}/frappe.client.get_time_zone")
        meta = await client.get("/api/v2/doctype/Dispatch Job/meta")
    assert "/" in zone.json()["message"]["time_zone"]
    fields = {row["fieldname"]: row["fieldtype"] for row in meta.json()["data"]["fields"]}
    assert fields["status"] == "Select"


async def test_a_document_that_is_not_there_is_a_404(erpnext_site: ErpnextSite) -> None:
    async with erpnext_site.client() as client:
        answer = await client.get(f"{JOBS}/no-such-job")
    assert (answer.status_code, answer.json()["exc_type"]) == (404, "DoesNotExistError")


async def test_the_simulator_answers_the_same_behind_a_socket(
    simulated_on_loopback: SimulatedSite,
) -> None:
    async with simulated_on_loopback.client() as client:
        listed = (await client.get(JOBS, params={"limit": 3})).json()["data"]
    assert [row["name"] for row in listed] == ["DJ-00001", "DJ-00002", "DJ-00003"]


def test_the_environment_names_a_real_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERRAIN_TEST_ERPNEXT_URL", "https://erp.example/")
    monkeypatch.setenv("TERRAIN_TEST_ERPNEXT_TOKEN", "key:secret")
    assert real_site() == ErpnextSite("https://erp.example", "key:secret", None)
    monkeypatch.delenv("TERRAIN_TEST_ERPNEXT_TOKEN")
    assert real_site() is None
