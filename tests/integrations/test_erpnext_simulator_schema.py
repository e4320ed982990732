"""Doctypes, fields, permissions and keys that are made over REST take effect at once."""

import base64
import json

from backend.simulators.erpnext import PROVISION_USER, SYNC_USER
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]

JOBS = "/api/resource/Dispatch Job"


async def test_a_unique_custom_field_finds_a_job_whose_answer_was_lost(
    simulated: SimulatedSite,
) -> None:
    field = {"dt": "Dispatch Job", "fieldname": "terrain_id", "fieldtype": "Data", "unique": 1}
    provision = {"Authorization": f"token {simulated.site.user_token(PROVISION_USER)}"}
    job = {"subject": "Nouveau", "terrain_id": "0190b9a4"}
    async with simulated.client() as client:
        await client.post("/api/resource/Custom Field", json=field, headers=provision)
        made = (await client.post(JOBS, json=job)).json()["data"]["name"]
        again = await client.post(JOBS, json=job)
        params = {"filters": json.dumps({"terrain_id": "0190b9a4"})}
        found = (await client.get(JOBS, params=params)).json()["data"]
    assert (again.status_code, again.json()["exc_type"]) == (417, "UniqueValidationError")
    assert found == [{"name": made}]


async def test_basic_authentication_works_and_a_new_secret_ends_the_old(
    simulated: SimulatedSite,
) -> None:
    site = simulated.site
    basic = base64.b64encode(simulated.token.encode()).decode()
    path, whoami = "/api/method/frappe.core.doctype.user.user.generate_keys", "/api/method/"
    provision = {"Authorization": f"token {site.user_token(PROVISION_USER)}"}
    async with simulated.client() as client:
        whoami += "frappe.auth.get_logged_user"
        first = await client.get(whoami, headers={"Authorization": f"Basic {basic}"})
        await client.post(path, json={"user": SYNC_USER}, headers=provision)
        second = await client.get(whoami)
    assert (first.json(), second.status_code) == ({"message": SYNC_USER}, 401)


async def test_a_doctype_made_over_rest_can_be_used_and_grants_delete_unless_told(
    simulated: SimulatedSite,
) -> None:
    site = simulated.site
    doctype = {
        "name": "Field Probe",
        "autoname": "UUID",
        "fields": [{"fieldname": "a", "fieldtype": "Data", "label": "A", "reqd": 1}],
        "permissions": [{"role": "Field Sync"}],
    }
    field = {"dt": "Field Probe", "fieldname": "b", "fieldtype": "Int", "insert_after": "a"}
    provision = {"Authorization": f"token {site.user_token(PROVISION_USER)}"}
    async with simulated.client() as client:
        await client.post("/api/resource/DocType", json=doctype, headers=provision)
        await client.post("/api/resource/Custom Field", json=field, headers=provision)
        made = (await client.post("/api/resource/Field Probe", json={"a": "x", "b": "7"})).json()
        meta = (await client.get("/api/v2/doctype/Field Probe/meta")).json()["data"]
        deleted = await client.delete(f"/api/resource/Field Probe/{made['data']['name']}")
    assert (made["data"]["a"], made["data"]["b"]) == ("x", 7)
    assert [(row["fieldname"], row["reqd"]) for row in meta["fields"]] == [("a", 1), ("b", 0)]
    assert deleted.status_code == 202


async def test_the_permission_manager_copies_the_standard_rows_first(
    simulated: SimulatedSite,
) -> None:
    site = simulated.site
    add = "/api/method/frappe.core.page.permission_manager.permission_manager.add"
    body = {"parent": "Deleted Document", "role": "Field Sync", "permlevel": 0}
    provision = {"Authorization": f"token {site.user_token(PROVISION_USER)}"}
    path = "/api/resource/Deleted Document"
    async with simulated.client() as client:
        assert (await client.get(path)).status_code == 403
        await client.post(add, json=body, headers=provision)
        assert (await client.get(path)).status_code == 200
        assert (await client.get(path, headers=provision)).status_code == 200
