"""POST /api/equipment/lookup and /board/api/equipment/lookup: whose is the device of this label?"""

from functools import partial
from typing import Any, Final

from litestar import Request, post
from litestar.di import NamedDependency

from backend.auth.body import read_body
from backend.auth.roles import ROLE, Role
from backend.auth.session import DeviceSession
from backend.auth.staff import Staff
from backend.equipment.answers import Answer
from backend.equipment.lookup import answer_phone, answer_staff, read_question
from backend.errors import SlowDown
from backend.settings import Settings
from backend.store.lookups import Asker
from backend.store.store import Store
from sync.state import ActorKind

BODY_BYTES: Final = 4096


@post("/api/equipment/lookup", status_code=200)
async def look_up(
    request: Request[Any, Any, Any],
    session: NamedDependency[DeviceSession],
    store: NamedDependency[Store],
    settings: NamedDependency[Settings],
    now_ms: NamedDependency[int],
) -> Answer:
    """What a technician may know of the equipment that a Question names.

    Raises Unreadable, NoIdentity, SlowDown.
    """
    asked = read_question(await read_body(request, BODY_BYTES), settings.labels.sticker_host)
    asker = Asker(ActorKind.TECHNICIAN, session.technician, session.device)
    look = partial(answer_phone, asked=asked, asker=asker, now_ms=now_ms)
    answer = await store.writer.run(look)
    if answer is None:
        raise SlowDown("lookups")
    return answer


@post("/board/api/equipment/lookup", status_code=200, opt={ROLE: Role.VIEWER})
async def look_up_for_staff(
    request: Request[Any, Any, Any],
    staff: NamedDependency[Staff],
    store: NamedDependency[Store],
    settings: NamedDependency[Settings],
    now_ms: NamedDependency[int],
) -> Answer:
    """All that is known of the equipment that a Question names. Raises Unreadable, NoIdentity."""
    asked = read_question(await read_body(request, BODY_BYTES), settings.labels.sticker_host)
    asker = Asker(ActorKind.OFFICE, staff.email[:140])
    look = partial(answer_staff, asked=asked, asker=asker, now_ms=now_ms)
    return await store.writer.run(look)
