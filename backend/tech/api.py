"""Serves the files of the app: service worker, shell, manifest, assets. None holds any data."""

from typing import Any, Final

from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.tech.dist import File
from backend.tech.site import Site

# The browser asks again each time, and gets 304 unless the file changed.
_REVALIDATE: Final = "no-cache"
_A_YEAR: Final = "public, max-age=31536000, immutable"
_A_DAY: Final = "public, max-age=86400"
_ROBOTS: Final = "User-agent: *\nDisallow: /t/\n"


@get("/t/sw.js")
async def service_worker(
    request: Request[Any, Any, Any], site: NamedDependency[Site]
) -> Response[bytes]:
    """The service worker, whose scope is the technician's pages alone."""
    response = _sent(request, site.file("sw.js"), _REVALIDATE)
    response.headers["Service-Worker-Allowed"] = "/t/"
    return response


@get("/t/shell")
async def shell(request: Request[Any, Any, Any], site: NamedDependency[Site]) -> Response[bytes]:
    """The page that the service worker keeps: no token, no data."""
    return _sent(request, site.file("shell.html"), _REVALIDATE)


@get("/t/manifest.webmanifest")
async def manifest(request: Request[Any, Any, Any], site: NamedDependency[Site]) -> Response[bytes]:
    """What makes the page installable."""
    return _sent(request, site.file("manifest.webmanifest"), _REVALIDATE)


@get("/assets/{name:path}")
async def asset(
    request: Request[Any, Any, Any], site: NamedDependency[Site], name: FromPath[str]
) -> Response[bytes]:
    """A file of the build; one whose name holds its hash never changes."""
    file = site.file("assets" + name)
    return _sent(request, file, _A_YEAR if file.is_immutable else _A_DAY)


@get("/robots.txt", media_type=MediaType.TEXT)
async def robots() -> Response[str]:
    """Links of technicians belong in no index."""
    return Response(_ROBOTS, headers={"Cache-Control": _A_DAY})


def _sent(request: Request[Any, Any, Any], file: File, caching: str) -> Response[bytes]:
    headers = {"Cache-Control": caching, "ETag": file.etag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == file.etag:
        return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
    if file.brotli and _accepts_brotli(request):
        headers["Content-Encoding"] = "br"
        return Response(file.brotli, headers=headers, media_type=file.media_type)
    return Response(file.content, headers=headers, media_type=file.media_type)


def _accepts_brotli(request: Request[Any, Any, Any]) -> bool:
    offered = request.headers.get("accept-encoding", "").split(",")
    return any(each.partition(";")[0].strip() == "br" for each in offered)
