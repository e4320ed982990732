"""The simulator as a Litestar application."""

from typing import Any, Final

from litestar import HttpMethod, Litestar, Request, route
from litestar.types import ControllerRouterHandler

from backend.simulators.erpnext.control import control_router
from backend.simulators.erpnext.gateway import Answer, serve
from backend.simulators.erpnext.site import Site

_METHODS: Final = [
    HttpMethod.GET,
    HttpMethod.POST,
    HttpMethod.PUT,
    HttpMethod.PATCH,
    HttpMethod.DELETE,
]
LARGEST_BODY: Final = 25 * 1024 * 1024  # Frappe's default max_file_size


def create_erpnext_simulator(site: Site, *, control: bool = False) -> Litestar:
    """An application that answers as this site. `control` adds the endpoint under `/_control/`
    that sets faults, reads the request log and edits as the office: never without a wish."""

    @route(
        ["/", "/{address:path}"],
        http_method=_METHODS,
        request_max_body_size=LARGEST_BODY,
        status_code=200,
    )
    async def frappe(request: Request[Any, Any, Any]) -> Answer:
        return await serve(site, request)

    handlers: list[ControllerRouterHandler] = [frappe]
    if control:
        handlers.append(control_router(site))
    return Litestar(route_handlers=handlers, openapi_config=None, logging_config=None)
