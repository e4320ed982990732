"""The simulator fails on command, counts effects, and lets a dispatcher edit."""

from typing import Any

import httpx
import pytest

from backend.simulators.erpnext import (
    OFFICE_USER,
    Fault,
    FaultKind,
    RateLimit,
    create_erpnext_simulator,
)
from tests.integrations.erpnext_site import InProcess, SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]

JOB = "/api/resource/Dispatch Job/DJ-00005"
OPERATION = "0190b9a4-7a4b-7c3e-8f00-000000000001"


async def read(client: httpx.AsyncClient) -> dict[str, Any]:
    data: dict[str, Any] = (await client.get(JOB)).json()["data"]
    return data


@pytest.mark.parametrize(
    ("kind", "status", "exc_type"),
    [
        (FaultKind.SERIALIZATION_FAILURE, 500, "SerializationFailure"),
        (FaultKind.QUERY_DEADLOCK, 500, "QueryDeadlockError"),
        (FaultKind.QUERY_TIMEOUT, 500, "QueryTimeoutError"),
        (FaultKind.OPERATIONAL_ERROR, 500, "OperationalError"),
        (FaultKind.IN_FAILED_TRANSACTION, 500, "InFailedSqlTransaction"),
        (FaultKind.MAINTENANCE, 503, "SessionStopped"),
        (FaultKind.TOO_MANY_REQUESTS, 429, "TooManyRequestsError"),
    ],
)
async def test_an_ordered_refusal_is_met_once_and_has_no_effect(
    simulated: SimulatedSite, kind: FaultKind, status: int, exc_type: str
) -> None:
    site = simulated.site
    site.faults.order(Fault(kind, method="PUT", seconds=7))
    async with simulated.client() as client:
        before = await read(client)
        refused = await client.put(JOB, json={"status": "En Route"})
        assert (refused.status_code, refused.json()["exc_type"]) == (status, exc_type)
        assert await read(client) == before
        assert (await client.put(JOB, json={"status": "En Route"})).status_code == 200
    assert len(site.log.effects_on("Dispatch Job", "DJ-00005")) == 1


async def test_too_many_requests_tells_when_to_come_back(simulated: SimulatedSite) -> None:
    simulated.site.faults.order(Fault(FaultKind.TOO_MANY_REQUESTS, seconds=7))
    async with simulated.client() as client:
        assert (await client.get(JOB)).headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    ("kind", "status"), [(FaultKind.UNAVAILABLE, 503), (FaultKind.HTML_ERROR, 502)]
)
async def test_a_proxy_page_is_html_until_the_fault_is_cleared(
    simulated: SimulatedSite, kind: FaultKind, status: int
) -> None:
    simulated.site.faults.order(Fault(kind, times=None))
    async with simulated.client() as client:
        answers = [await client.get(JOB) for _ in range(3)]
        assert {answer.status_code for answer in answers} == {status}
        assert answers[0].headers["Content-Type"] == "text/html"
        simulated.site.faults.clear()
        assert (await client.get(JOB)).status_code == 200


async def test_a_dropped_connection_has_no_effect(simulated: SimulatedSite) -> None:
    site = simulated.site
    site.faults.order(Fault(FaultKind.CONNECTION_DROPPED))
    async with simulated.client() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.put(JOB, json={"status": "En Route"})
        assert (await read(client))["status"] == "Assigned"
    assert site.log.entries()[0].status == 0


async def test_a_lost_answer_was_committed_all_the_same(simulated: SimulatedSite) -> None:
    site = simulated.site
    site.faults.order(Fault(FaultKind.LOST_ANSWER, method="POST"))
    operation = {"name": OPERATION, "job": "DJ-00005", "kind": "status"}
    async with simulated.client() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post("/api/resource/Field Operation", json=operation)
        again = await client.post("/api/resource/Field Operation", json=operation)
    assert again.status_code == 409
    assert [effect.action for effect in site.log.effects_on("Field Operation", OPERATION)] == [
        "insert"
    ]


async def test_an_answer_may_also_hang_after_the_commit(simulated: SimulatedSite) -> None:
    simulated.site.faults.order(Fault(FaultKind.LOST_ANSWER, seconds=3600))
    async with simulated.client() as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.put(JOB, json={"status": "En Route"}, timeout=0.05)
        assert (await read(client))["status"] == "En Route"


async def test_a_slow_answer_comes_after_its_delay(simulated: SimulatedSite) -> None:
    simulated.site.faults.order(Fault(FaultKind.SLOW, seconds=3600))
    async with simulated.client() as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(JOB, timeout=0.05)
        assert (await client.get(JOB)).status_code == 200


async def test_a_late_commit_shows_up_behind_a_later_change(simulated: SimulatedSite) -> None:
    site, clock = simulated.site, simulated.clock
    site.faults.order(Fault(FaultKind.LATE_COMMIT, method="PUT"))
    async with simulated.client() as client:
        late = (await client.put(JOB, json={"tech_notes": "x"})).json()["data"]["modified"]
        clock.advance(2)
        other = "/api/resource/Dispatch Job/DJ-00006"
        cursor = (await client.put(other, json={"tech_notes": "y"})).json()["data"]["modified"]
        assert "tech_notes" not in await read(client)
        assert site.release_commits() == 1
        shown = await read(client)
    assert (shown["tech_notes"], shown["modified"]) == ("x", late)
    assert late < cursor


async def test_an_office_edit_in_between_makes_the_stamp_stale(simulated: SimulatedSite) -> None:
    site = simulated.site
    edit = {"dispatch_notes": "Appeler avant"}
    async with simulated.client() as client:
        stamp = (await read(client))["modified"]
        simulated.clock.advance(1)
        site.faults.order(
            Fault(
                FaultKind.OFFICE_EDIT,
                method="PUT",
                doctype="Dispatch Job",
                name="DJ-00005",
                fields=edit,
            )
        )
        refused = await client.put(JOB, json={"status": "En Route", "modified": stamp})
        shown = await read(client)
    assert (refused.status_code, refused.json()["exc_type"]) == (417, "TimestampMismatchError")
    assert (shown["dispatch_notes"], shown["modified_by"]) == ("Appeler avant", OFFICE_USER)
    assert shown["status"] == "Assigned"


async def test_the_budget_of_the_site_is_counted_in_server_seconds(
    simulated: SimulatedSite,
) -> None:
    simulated.site.rate_limit = RateLimit(limit_s=0.05, window_s=60)
    async with simulated.client() as client:
        answers = [await client.get(JOB) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert int(answers[2].headers["Retry-After"]) <= 61
        simulated.clock.advance(61)
        assert (await client.get(JOB)).status_code == 200


async def test_the_log_tells_which_fields_a_request_changed(simulated: SimulatedSite) -> None:
    site = simulated.site
    async with simulated.client() as client:
        await client.put(JOB, json={"status": "En Route", "tags": [{"tag": "Urgent"}]})
        await client.put(JOB, json={"status": "En Route"})
    changed = [effect.changed for effect in site.log.effects_on("Dispatch Job", "DJ-00005")]
    assert changed == [("status", "tags"), ()]


async def test_the_control_endpoint_orders_faults_edits_and_shows_the_log(
    simulated: SimulatedSite,
) -> None:
    async with simulated.client() as client:
        await client.post("/_control/faults", json={"kind": "unavailable"})
        assert (await client.get(JOB)).status_code == 503
        edit = {"doctype": "Dispatch Job", "name": "DJ-00005", "fields": {"priority": "High"}}
        assert (await client.post("/_control/office", json=edit)).json()["priority"] == "High"
        refused = {**edit, "fields": {"priority": "Énorme"}}
        assert (await client.post("/_control/office", json=refused)).status_code == 417
        log = (await client.get("/_control/log")).json()
        assert [(entry["method"], entry["status"]) for entry in log] == [
            ("GET", 503),
            ("OFFICE", 200),
        ]
        await client.post("/_control/site", json={"database_down": True})
        assert (await client.get(JOB)).json()["exc_type"] == "OperationalError"


async def test_there_is_no_control_endpoint_unless_asked_for(simulated: SimulatedSite) -> None:
    transport = InProcess(create_erpnext_simulator(simulated.site))
    async with httpx.AsyncClient(transport=transport, base_url="http://erp.example") as client:
        assert (await client.get("/_control/log")).status_code == 404
        assert (await client.post("/_control/faults", json={"kind": "slow"})).status_code == 404


async def test_behind_a_socket_a_dropped_answer_is_a_broken_connection(
    simulated_on_loopback: SimulatedSite,
) -> None:
    async with simulated_on_loopback.client() as client:
        await client.get("/api/method/ping")
        simulated_on_loopback.site.faults.order(Fault(FaultKind.CONNECTION_DROPPED))
        with pytest.raises(httpx.TransportError):
            await client.get(JOB)
        assert (await client.get(JOB)).status_code == 200
