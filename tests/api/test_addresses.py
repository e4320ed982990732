"""Whoever follows a wrong address in a browser reads a page; a machine reads JSON."""

import pytest

from tests.api.installation import OFFICE_PHONE, Installation

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("address", ["/", "/nothing", "/board/nothing", "/api/nothing"])
async def test_a_browser_at_an_unknown_address_reads_a_page_with_the_office_number(
    terrain: Installation, address: str
) -> None:
    page = await terrain.phone().get(address, headers=BROWSER)

    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "Cette page n'existe pas." in page.text.replace("&#x27;", "'")
    assert "This page does not exist." in page.text
    assert f"tel:{OFFICE_PHONE}" in page.text


async def test_a_program_at_an_unknown_address_reads_json(terrain: Installation) -> None:
    answer = await terrain.phone().get("/nothing", headers={"Accept": "application/json"})

    assert answer.status_code == 404
    assert answer.json() == {"error": "not-found", "reason": ""}
