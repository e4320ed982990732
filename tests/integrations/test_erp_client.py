"""Acceptance of the ERPNext client: against the simulator, or unchanged against a real site
(TERRAIN_TEST_ERPNEXT_URL and TERRAIN_TEST_ERPNEXT_TOKEN)."""

import logging
import uuid
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from backend.erp.client import AuthFailed, ErpClient, Outcome, open_http
from backend.errors import Refused, Unavailable
from backend.simulators.erpnext import Fault, FaultKind
from tests.integrations.erpnext_site import ErpnextSite, SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
JOB = "Dispatch Job"
LEDGER = "Field Operation"


@pytest_asyncio.fixture
async def client(erpnext_site: ErpnextSite) -> AsyncIterator[ErpClient]:
    async with open_client(erpnext_site) as http:
        yield ErpClient(http)


@pytest_asyncio.fixture
async def faulty(simulated: SimulatedSite) -> AsyncIterator[ErpClient]:
    async with open_client(simulated) as http:
        yield ErpClient(http)


def open_client(site: ErpnextSite, token: str = "") -> httpx.AsyncClient:
    return open_http(site.base_url, token or site.token, site.transport)


async def a_job(client: ErpClient) -> dict[str, object]:
    [row] = await client.list_docs(JOB, ["name"], limit=1)
    document = await client.get_doc(JOB, str(row["name"]))
    assert isinstance(document, dict)
    return document


def operation(name: str = "") -> dict[str, object]:
    return {"doctype": LEDGER, "name": name or str(uuid.uuid4()), "kind": "note"}


async def test_the_token_says_who_we_are(client: ErpClient) -> None:
    assert "@" in await client.whoami()


async def test_the_guests_session_cookie_is_not_kept(erpnext_site: ErpnextSite) -> None:
    async with open_client(erpnext_site) as http:
        await ErpClient(http).whoami()

        assert len(http.cookies.jar) == 0


async def test_the_site_tells_its_versions_and_zone(client: ErpClient) -> None:
    assert "frappe" in await client.versions()
    assert "/" in await client.time_zone()


async def test_a_document_comes_with_its_child_tables(client: ErpClient) -> None:
    document = await a_job(client)

    assert isinstance(document["tags"], list)
    assert isinstance(document["modified"], str)


async def test_a_missing_document_is_a_value(client: ErpClient) -> None:
    assert await client.get_doc(JOB, "NO/SUCH?") is Outcome.NOT_FOUND


async def test_pages_follow_the_order_asked_for(client: ErpClient) -> None:
    first = await client.list_docs(JOB, ["name", "modified"], limit=2)
    second = await client.list_docs(JOB, ["name", "modified"], start=2, limit=2)

    stamps = [(row["modified"], row["name"]) for row in first + second]
    assert stamps == sorted(stamps)
    assert len(set(stamps)) == 4


async def test_a_filter_narrows_the_rows(client: ErpClient) -> None:
    name = str((await a_job(client))["name"])

    assert await client.list_docs(JOB, ["name"], [("name", "=", name)]) == [{"name": name}]


async def test_a_change_with_the_read_stamp_is_taken_and_a_stale_one_is_a_value(
    client: ErpClient,
) -> None:
    document = await a_job(client)
    name, before = str(document["name"]), str(document["modified"])

    changed = await client.put(JOB, name, {"priority": "High"}, before)
    stale = await client.put(JOB, name, {"priority": "Low"}, before)

    assert isinstance(changed, dict)
    assert changed["priority"] == "High"
    assert stale is Outcome.STALE


async def test_a_change_of_a_missing_document_is_a_value(client: ErpClient) -> None:
    assert await client.put(JOB, "NO-SUCH", {"priority": "Low"}, "x") is Outcome.NOT_FOUND


async def test_our_name_is_kept_once_and_its_repetition_is_a_value(client: ErpClient) -> None:
    made = operation()

    first = await client.insert(LEDGER, made)
    again = await client.insert(LEDGER, made)

    assert isinstance(first, dict)
    assert first["name"] == made["name"]
    assert again is Outcome.DUPLICATE


async def test_many_are_inserted_all_or_none(client: ErpClient) -> None:
    one, two, three = operation(), operation(), operation()

    assert await client.insert_many([one, two]) == [one["name"], two["name"]]
    assert await client.insert_many([three, one]) is Outcome.DUPLICATE

    assert await client.get_doc(LEDGER, str(three["name"])) is Outcome.NOT_FOUND


@pytest.mark.parametrize(
    ("fields", "kind"),
    [({"status": "Nulle part"}, "ValidationError"), ({"technician": "X"}, "LinkValidationError")],
)
async def test_bad_data_is_refused_by_its_class_name(
    client: ErpClient, fields: dict[str, str], kind: str
) -> None:
    document = await a_job(client)

    with pytest.raises(Refused, match=rf"^{kind}$"):
        await client.put(JOB, str(document["name"]), fields, str(document["modified"]))


async def test_of_many_changes_at_once_the_stale_one_is_named_and_the_others_are_saved(
    client: ErpClient,
) -> None:
    one, two = (await client.list_docs(JOB, ["name", "modified"], limit=2))[:2]
    changes = {
        str(one["name"]): ({"priority": "High"}, str(one["modified"])),
        str(two["name"]): ({"priority": "High"}, "2020-01-01 00:00:00.000000"),
    }

    failed = await client.bulk_update(JOB, changes)

    assert failed == {two["name"]}
    named = [("name", "in", [one["name"], two["name"]])]
    rows = await client.list_all(JOB, ["name", "priority", "modified"], named)
    saved = {row["name"]: row for row in rows}
    assert saved[one["name"]]["priority"] == "High"
    assert saved[two["name"]]["modified"] == two["modified"]


async def test_child_rows_of_many_documents_are_read_by_one_list(client: ErpClient) -> None:
    kinds = await client.child_doctypes(JOB)
    document = await a_job(client)

    of = [("parent", "in", [document["name"]]), ("parentfield", "=", "tags")]
    rows = await client.list_all(kinds["tags"], ["*"], of, "parent asc, idx asc", JOB)

    tags = document["tags"]
    assert isinstance(tags, list)
    assert [row["name"] for row in rows] == [row["name"] for row in tags]


async def test_an_unknown_column_or_doctype_is_refused(client: ErpClient) -> None:
    with pytest.raises(Refused, match=r"^DataError$"):
        await client.list_docs(JOB, ["no_such_column"])
    with pytest.raises(Refused):
        await client.list_docs("No Such", ["name"])


async def test_a_name_that_is_no_uuid_is_refused(client: ErpClient) -> None:
    with pytest.raises(Refused, match=r"^InvalidUUIDValue$"):
        await client.insert(LEDGER, operation("abc"))


async def test_what_the_user_may_not_read_is_refused_and_no_matter_of_the_token(
    client: ErpClient,
) -> None:
    with pytest.raises(Refused, match=r"^PermissionError$"):
        await client.list_docs("Deleted Document", ["name"])


@pytest.mark.parametrize("token", ["a:b", "nonsense"])
async def test_a_wrong_token_is_a_failed_authentication(
    erpnext_site: ErpnextSite, token: str
) -> None:
    async with open_client(erpnext_site, token) as http:
        with pytest.raises(AuthFailed):
            await ErpClient(http).get_doc(JOB, "DJ-00001")


async def test_a_token_lost_on_the_way_is_a_failed_authentication(
    erpnext_site: ErpnextSite,
) -> None:
    async with open_client(erpnext_site) as http:
        del http.headers["Authorization"]
        with pytest.raises(AuthFailed):
            await ErpClient(http).get_doc(JOB, "DJ-00001")


@pytest.mark.parametrize(
    ("fault", "kind", "retry_after_s"),
    [
        (FaultKind.UNAVAILABLE, "html-503", None),
        (FaultKind.HTML_ERROR, "html-502", None),
        (FaultKind.MAINTENANCE, "SessionStopped", None),
        (FaultKind.TOO_MANY_REQUESTS, "TooManyRequestsError", 90),
        (FaultKind.SERIALIZATION_FAILURE, "SerializationFailure", None),
        (FaultKind.QUERY_DEADLOCK, "QueryDeadlockError", None),
        (FaultKind.QUERY_TIMEOUT, "QueryTimeoutError", None),
        (FaultKind.OPERATIONAL_ERROR, "OperationalError", None),
        (FaultKind.IN_FAILED_TRANSACTION, "InFailedSqlTransaction", None),
        (FaultKind.CONNECTION_DROPPED, "connection", None),
    ],
)
async def test_a_passing_failure_is_unavailable_and_not_repeated(
    simulated: SimulatedSite,
    faulty: ErpClient,
    fault: FaultKind,
    kind: str,
    retry_after_s: float | None,
) -> None:
    simulated.site.faults.order(Fault(fault, seconds=90))

    with pytest.raises(Unavailable) as failed:
        await faulty.insert(LEDGER, operation())

    assert (failed.value.kind, failed.value.retry_after_s) == (kind, retry_after_s)
    assert len(simulated.site.log.entries()) == 1


async def test_another_sites_host_is_unavailable_not_a_missing_document(
    simulated: SimulatedSite, faulty: ErpClient
) -> None:
    simulated.site.host = "other.example"

    with pytest.raises(Unavailable, match=r"^html-404$"):
        await faulty.get_doc(JOB, "DJ-00001")


def answering(status: int, body: bytes, **headers: str) -> ErpClient:
    """A client of a server that always gives one answer, which no recorded site gave."""
    headers = {"Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    transport = httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, content=body))
    return ErpClient(open_http("http://erp.example", "a:b", transport))


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"{}", "unreadable"),
        (200, b"not json", "unreadable"),
        (200, b'{"data": 3}', "unreadable"),
        (200, b'{"data": ' + b"[" * 50_000, "unreadable"),
        (417, b'{"exc_type": ' + b"[" * 50_000, "http-417"),
        (500, b'{"exc_type": "KeyError"}', "http-500"),
        (500, b"not json", "http-500"),
        (500, b'{"exc_type": "<b>injected</b>"}', "http-500"),
        (302, b"", "http-302"),
        (418, b"{}", "http-418"),
        (429, b"{}", "http-429"),
        (504, b"{}", "http-504"),
    ],
    ids=range(12),
)
async def test_what_cannot_be_understood_is_unavailable(
    status: int, body: bytes, kind: str
) -> None:
    with pytest.raises(Unavailable) as failed:
        await answering(status, body).get_doc(JOB, "DJ-00001")

    assert failed.value.kind == kind


@pytest.mark.parametrize(
    ("wish", "seconds"), [("7", 7.0), ("Mon, 23 Nov 2026", None), ("-1", None)]
)
async def test_only_seconds_are_understood_as_retry_after(wish: str, seconds: float | None) -> None:
    with pytest.raises(Unavailable) as failed:
        await answering(429, b"{}", Retry_After=wish).whoami()

    assert failed.value.retry_after_s == seconds


async def test_a_timeout_is_unavailable() -> None:
    def late(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late", request=request)

    http = open_http("http://erp.example", "a:b", httpx.MockTransport(late))

    with pytest.raises(Unavailable, match=r"^timeout$"):
        await ErpClient(http).whoami()


async def test_nothing_secret_is_in_an_error_or_the_log(
    erpnext_site: ErpnextSite, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    secret = "key-of-nobody:secret-of-nobody"  # noqa: S105  (nobody's)
    async with open_client(erpnext_site, secret) as http:
        with pytest.raises(AuthFailed) as failed:
            await ErpClient(http).list_docs(JOB, ["name"], [("customer_phone", "=", "450 555")])

    assert "nobody" not in f"{failed.value!r}{caplog.text}"
    assert "450" not in f"{failed.value!r}{caplog.text}"
