"""The simulator as a Litestar application."""

from litestar import Litestar, asgi
from litestar.types import ControllerRouterHandler, Receive, Scope, Send

from backend.simulators.erpnext.control import control_router
from backend.simulators.erpnext.gateway import serve
from backend.simulators.erpnext.site import Site


def create_erpnext_simulator(site: Site, *, control: bool = False) -> Litestar:
    """An application that answers as this site. `control` adds the endpoint under `/_control/`
    that sets faults, reads the request log and edits as the office: never without a wish."""

    @asgi("/", is_mount=True, copy_scope=True)
    async def frappe(scope: Scope, receive: Receive, send: Send) -> None:
        await serve(site, scope, receive, send)

    handlers: list[ControllerRouterHandler] = [frappe]
    if control:
        handlers.append(control_router(site))
    return Litestar(route_handlers=handlers, openapi_config=None)
