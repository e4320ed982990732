"""Which door belongs to whom: phones, people of the office, other machines, anybody."""

from importlib.metadata import version

from litestar import Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from backend.auth.me import me
from backend.auth.origin import same_origin
from backend.auth.roles import Role
from backend.auth.session import provide_session
from backend.auth.staff import StaffGate, provide_staff, require_staff
from backend.board import api as board_api
from backend.board.checks.api import show_checks
from backend.board.journal.api import journal_file, show_journal, visit_timeline
from backend.board.links.api import extend, make_link, revoke, show_links
from backend.board.making.api import customers, make_visit
from backend.board.outages.api import outage_alarm
from backend.board.page import board
from backend.board.queues.api import close_refused, outbox, replay, try_refused_again
from backend.cpe.api import limits
from backend.cpe.check.api import look_at_line, visit_evidence
from backend.cpe.report.api import installation_report, printed_report
from backend.equipment.api import look_up, look_up_for_staff
from backend.erp.api import webhook
from backend.notify.push.api import push_off, push_on, push_state
from backend.replication.api import events, photo, sync
from backend.replication.tus.api import BlobController
from backend.salvage.api import salvage
from backend.store.store import Store
from backend.vision.api import barcodes, equipment, invoice


def phone_routes() -> Router:
    """What a device session opens."""
    return Router(
        "/",
        route_handlers=[
            sync,
            events,
            photo,
            look_up,
            barcodes,
            equipment,
            invoice,
            limits,
            BlobController,
            *(push_state, push_on, push_off),
        ],
        guards=[same_origin],
        dependencies={"session": Provide(provide_session)},
    )


def machine_routes() -> Router:
    """What other machines call: ERPNext and the monitor, each with a secret of its own; whoever
    watches the process."""
    return Router("/", route_handlers=[webhook, outage_alarm, health, ready])


def board_routes(gate: StaffGate) -> Router:
    """What a person of the office opens, as far as the role goes."""
    return Router(
        "/",
        route_handlers=[
            board,
            me,
            *(board_api.state, board_api.events, board_api.decide, board_api.photo),
            *(customers, make_visit),
            *(outbox, replay, try_refused_again, close_refused),
            *(show_journal, journal_file, visit_timeline, show_checks),
            *(show_links, make_link, extend, revoke, salvage),
            look_up_for_staff,
            look_at_line,
            visit_evidence,
            installation_report,
            printed_report,
        ],
        guards=[same_origin, require_staff(gate)],
        dependencies={"staff": Provide(provide_staff, sync_to_thread=False)},
    )


def api_description(gate: StaffGate) -> OpenAPIConfig:
    """The API's description at /board/schema/openapi.json, for admins alone."""
    router = Router("/board/schema", route_handlers=[], guards=[require_staff(gate, Role.ADMIN)])
    return OpenAPIConfig(
        title="Terrain",
        version=version("terrain"),
        render_plugins=[JsonRenderPlugin()],
        openapi_router=router,
    )


@get("/health", sync_to_thread=False)
def health() -> dict[str, str]:
    """The process answers; says nothing of what it depends on."""
    return {"status": "ok"}


@get("/ready")
async def ready(store: NamedDependency[Store]) -> Response[dict[str, str]]:
    """The database can be read, so phones may be sent here."""
    await store.probe()
    return Response({"status": "ready"})
