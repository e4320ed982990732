"""POST /vision/equipment and /vision/invoice: what a model says, checked, for a person to see."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.di import Provide

from backend.auth.answers import exception_handlers
from backend.auth.origin import same_origin
from backend.auth.session import DeviceSession
from backend.simulators.gemini import Fault, GeminiSimulator
from backend.vision.adviser import Adviser
from backend.vision.api import equipment, invoice
from tests.given import CLOCK, DEVICE, MARC
from tests.integrations.test_adviser import advised
from tests.integrations.test_gemini import BILL
from tests.labels import photo

JPEG = {"content-type": "image/jpeg", "x-terrain": "1"}
PHOTO = photo("10394EB5DA90")
ITEM = {
    "brand": "TP-Link",
    "model": "XX230v",
    "serial": "2215B8K003412",
    "mac": "10:39:4E:B5:DA:90",
    "gpon_serial": "as printed below",
    "ssid": None,
}


@asynccontextmanager
async def door(adviser: Adviser | None) -> AsyncIterator[httpx.AsyncClient]:
    """The doors, for a technician's phone."""
    session = DeviceSession(device=DEVICE, technician=MARC, name="Marc", expires_at=0)
    given: dict[str, Any] = {
        "session": lambda: session,
        "adviser": lambda: adviser,
        "clock": lambda: lambda: CLOCK,
    }
    app: Any = Litestar(
        [equipment, invoice],
        logging_config=None,
        dependencies={n: Provide(each, sync_to_thread=False) for n, each in given.items()},
        guards=[same_origin],
        exception_handlers=exception_handlers("450-555-0100"),
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://edge.example") as client:
        yield client


async def answer(simulator: GeminiSimulator, folder: Path, path: str) -> httpx.Response:
    """What the door answers to a photo when the model says what the simulator does."""
    async with advised(simulator, folder) as adviser, door(adviser) as client:
        return await client.post(path, content=PHOTO, headers=JPEG)


async def test_equipment_has_the_facts_that_have_their_form_and_no_other(tmp_path: Path) -> None:
    found = await answer(GeminiSimulator(ITEM), tmp_path, "/vision/equipment")

    assert found.status_code == 200
    assert found.json() == {
        "brand": "TP-Link",
        "model": "XX230v",
        "ssid": "",
        "facts": [
            {"type": "serial", "value": "2215B8K003412"},
            {"type": "mac", "value": "10394EB5DA90"},
        ],
    }


async def test_invoice_comes_with_the_amounts_that_do_not_add_up(tmp_path: Path) -> None:
    simulator = GeminiSimulator(BILL | {"total": "120.00"})

    found = await answer(simulator, tmp_path, "/vision/invoice")

    assert found.status_code == 200
    assert found.json()["invoice"]["tvq"] == "9.98"
    assert found.json()["doubts"] == ["total"]


@pytest.mark.parametrize("path", ["/vision/equipment", "/vision/invoice"])
async def test_without_a_model_the_door_says_so(path: str) -> None:
    async with door(None) as client:
        found = await client.post(path, content=PHOTO, headers=JPEG)

    assert (found.status_code, found.json()["error"]) == (503, "not-configured")


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [(Fault.QUOTA, 503, "model-away"), (Fault.SCHEMA, 422, "unanswered")],
)
async def test_model_that_fails_is_told_by_its_kind(
    tmp_path: Path, fault: Fault, status: int, error: str
) -> None:
    found = await answer(GeminiSimulator(ITEM, fault), tmp_path, "/vision/equipment")

    assert (found.status_code, found.json()["error"]) == (status, error)


async def test_what_is_no_photo_never_reaches_the_model(tmp_path: Path) -> None:
    simulator = GeminiSimulator(ITEM)

    async with advised(simulator, tmp_path) as adviser, door(adviser) as client:
        found = await client.post("/vision/equipment", content=b"<svg/>", headers=JPEG)

    assert (found.status_code, found.json()["error"]) == (415, "image-type")
    assert simulator.asked == []
