"""A phone is told of the known outages of its own visits' sectors, and of no others."""

from typing import Any

import pytest
from sqlalchemy import Connection

from backend.store.outages import Outage, Told, clear_outage, raise_outage
from tests.api.test_sync import Phone, parts, phone
from tests.given import JULIE, MARC, NOW_MS, upstream

__all__ = ["parts", "phone"]

PLACE = "location/00000000-0000-7000-8000-0000000000b1"
ELSEWHERE = Outage("m8", "OLT-DELSON-1", "OLT Delson", NOW_MS)
OUT = Outage("m7", "olt-mercier-1 0/3", "OLT Mercier", NOW_MS - 60_000)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _out(conn: Connection) -> Told:
    upstream(conn, 13, PLACE, "LOC-1", olt="OLT-MERCIER-1", pon_port="0/3")
    raise_outage(conn, ELSEWHERE)
    return raise_outage(conn, OUT)


async def test_an_outage_is_told_while_it_lasts_whatever_the_cursor(
    parts: tuple[Any, Any], phone: Phone
) -> None:
    writer = parts[0].store.writer
    before = (await phone.sync()).json()
    told = await writer.run(_out)
    during = (await phone.sync(cursor=before["changes"]["cursor"])).json()
    again = (await phone.sync(cursor=during["changes"]["cursor"])).json()
    over = await writer.run(lambda conn: clear_outage(conn, OUT.id, NOW_MS))
    after = (await phone.sync(cursor=during["changes"]["cursor"])).json()

    line = {"place": PLACE, "since": OUT.since, "text": OUT.text}
    assert "outages" not in before
    assert [during["outages"], again["outages"]] == [[line], [line]]
    assert "outages" not in after
    assert MARC in told.poked & over.poked
    assert JULIE not in told.poked
