"""No request makes a fault of ours: every route of the OpenAPI document, by strangers' bytes.

The document has no bodies (handlers read them after they know who calls), so what a body may be is
put together here: bytes, any JSON, and nearly what each route asks.
"""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, cast
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from backend.auth.roles import Role
from backend.board.decisions import OfficeDecision
from backend.board.links.lines import NewLink
from backend.board.making.visit import NewVisit
from backend.board.queues.refused import Closing, TryAgain
from tests.api.office import behind_proxy, served
from tests.api.test_access import HEADERS, technician
from tests.given import DEVICE, JOB, MARC, NOW_MS, uuid7

# Streams, which would not end.
LEFT_OUT: Final = ("/api/events", "/board/api/events")
TYPES: Final = ("application/json", "image/png", "application/offset+octet-stream", "text/plain")
EXAMPLES: Final = 250
_ASKED: Final = (OfficeDecision, NewLink, NewVisit, Closing, TryAgain)
_FIELDS: Final = {name for kind in _ASKED for name in kind.__struct_fields__}
_NAMES: Final = sorted(
    _FIELDS | {"protocol", "device", "epoch", "cursor", "mutations", "pending", "seen", "heartbeat"}
)
_ODD: Final = st.one_of(
    st.sampled_from([MARC, JOB, DEVICE, uuid7(1), "2026-11-23", "13:00", "create", "resolve"]),
    st.sampled_from(["", "\x00", "../..", "job/", "9" * 400, "=1+1", "é" * 300, "\ud800"]),
    st.sampled_from([NOW_MS, 0, -1, 2**31, 2**53, 2**64, 1e308, True, None]),
    st.text(max_size=20),
)
_JSON: Final = st.recursive(
    _ODD,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4)
    ),
    max_leaves=8,
)
# A lone surrogate, which UTF-8 cannot say, goes escaped.
_BODIES: Final = st.one_of(
    st.dictionaries(st.sampled_from(_NAMES), _JSON, max_size=8).map(json.dumps),
    _JSON.map(json.dumps),
    st.integers(1, 3000).map(lambda depth: "[" * depth),
).map(str.encode) | st.binary(max_size=64)
_PARTS: Final = st.sampled_from(
    [JOB.partition("/")[2], "a" * 64, "unknown", "\x00", ".."]
) | st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


class Operation(NamedTuple):
    """One method of one path of the document, with what it takes beside a body."""

    method: str
    path: str
    inside: tuple[str, ...]
    query: tuple[str, ...]


class Doors(NamedTuple):
    """The operations, and who may knock: an admin and a technician's phone."""

    operations: list[Operation]
    callers: list[httpx.AsyncClient]


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Every operation of an OpenAPI document."""
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            if path not in LEFT_OUT:
                given = told.get("parameters", ())
                inside = tuple(each["name"] for each in given if each["in"] == "path")
                query = tuple(each["name"] for each in given if each["in"] == "query")
                yield Operation(method.upper(), path, inside, query)


@pytest.fixture
async def doors(tmp_path: Path, migrated: Path) -> AsyncIterator[Doors]:
    """The whole application; a fault is an answer, as a browser sees it."""
    url = f"sqlite:///{shutil.copy(migrated, tmp_path / 'terrain.db')}"
    async with served(url, tmp_path, behind_proxy(tmp_path)) as office:
        callers = [office.person(Role.ADMIN), await technician(office)]
        document = await callers[0].get("/board/schema/openapi.json")
        for each in callers:
            cast(Any, each)._transport.raise_app_exceptions = False
        yield Doors([*operations(document.json())], callers)


@settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_no_request_makes_a_fault_of_ours(doors: Doors, data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(doors.operations))
    caller = data.draw(st.sampled_from(doors.callers))
    path = operation.path
    for name in operation.inside:
        path = path.replace(f"{{{name}}}", quote(data.draw(_PARTS), safe=""))
    query = {name: data.draw(st.text(st.characters(codec="utf-8"))) for name in operation.query}
    headers = HEADERS | {"Content-Type": data.draw(st.sampled_from(TYPES))}

    answer = await caller.request(
        operation.method, path, params=query, headers=headers, content=data.draw(_BODIES)
    )

    assert answer.status_code != 500, (operation, answer.text)
