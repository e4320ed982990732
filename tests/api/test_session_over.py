"""A session that ends takes no work with it: the same queue goes up by the next one."""

import json
from typing import Any

from sqlalchemy import Connection, func, select, update

from backend.installation import Installation
from backend.store.clock import DAY_MS
from backend.store.devices import IDLE_MS
from backend.store.links import create_link
from backend.store.tables import device, outbox
from tests.api.installation import enrolled
from tests.api.test_sync import Phone, note, parts, phone  # noqa: F401  (the running application)
from tests.given import MARC, NOW_MS
from tests.rows import row

QUEUE = 50


def silent_for_too_long(conn: Connection) -> None:
    """No phone was heard for longer than a session lives."""
    conn.execute(update(device).values(seen_at=NOW_MS - IDLE_MS - DAY_MS))


@row(3, without={"backend.store.devices.IDLE_MS": 10**12})
async def test_fifty_mutations_outlive_their_session_and_count_once(
    parts: tuple[Installation, Any],  # noqa: F811
    phone: Phone,  # noqa: F811
) -> None:
    store = parts[0].store
    queue = [note(number, f"Note {number}") for number in range(1, QUEUE + 1)]
    await store.writer.run(silent_for_too_long)

    over = await phone.sync(*queue)
    link = await store.writer.run(lambda conn: create_link(conn, MARC, NOW_MS, 14, 3))
    page = await enrolled(phone.http, link.token)
    day = page.text.partition('id="day">')[2].partition("</script>")[0]
    again = Phone(phone.http, json.loads(day)["device"])
    taken = [(await again.sync(*queue)).json()["verdicts"] for _ in range(2)]

    effects = await store.read(lambda conn: conn.scalar(select(func.count()).select_from(outbox)))
    assert (over.status_code, over.json().get("error")) == (401, "no-session")
    assert [verdict[1] for verdict in taken[0]] == ["applied"] * QUEUE
    assert taken[0] == taken[1]
    assert effects == QUEUE
