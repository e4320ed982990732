"""Every answer carries the security headers; files are cached as their names allow."""

import re
import shutil
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import brotli
import httpx
import pytest

from tests.api.installation import STYLE_SHA256, Installation, enrolled
from tests.rows import row

SECURITY = {
    "referrer-policy": "strict-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "strict-transport-security": "max-age=63072000",
    "x-robots-tag": "noindex, nofollow",
}
CSP = {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "style-src": f"'self' '{STYLE_SHA256}'",
    "img-src": "'self' blob: data:",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "terrain",
}
FOREIGN = "default-src 'none'; script-src 'self' https://cdn.example"
# path, status, caching
ANSWERS = [
    ("/t/", 200, "no-store"),
    ("/t/unknown", 404, "no-store"),
    ("/t/a/b", 404, "no-store"),
    ("/t/broken/x", 500, "no-store"),
    ("/t/sw.js", 200, "no-cache"),
    ("/t/shell", 200, "no-cache"),
    ("/t/manifest.webmanifest", 200, "no-cache"),
    ("/assets/tech-0a1b2c3d.js", 200, "public, max-age=31536000, immutable"),
    ("/assets/icon.svg", 200, "public, max-age=86400"),
    ("/assets/none.js", 404, "no-store"),
    ("/assets/../sw.js", 404, "no-store"),
    ("/assets/%2e%2e/build.json", 404, "no-store"),
    ("/robots.txt", 200, "public, max-age=86400"),
    ("/api/whoami", 200, "no-store"),
    ("/api/broken/x", 500, "no-store"),
    ("/api/echo", 405, "no-store"),
    ("/board/whoami", 403, "no-store"),
    ("/nowhere", 404, "no-store"),
]


@pytest.fixture
def database_url(tmp_path: Path, migrated: Path) -> str:
    """Nothing here depends on the database: one kind is enough."""
    return f"sqlite:///{shutil.copy(migrated, tmp_path / 'terrain.db')}"


@row(8, without={"backend.auth.headers.content_security_policy": lambda _hashes: "x y"})
@row(9, without={"backend.auth.headers._ALWAYS": {"Permissions-Policy": ""}})
async def test_every_answer_carries_the_security_headers(terrain: Installation) -> None:
    phone = terrain.phone()
    await enrolled(phone, (await terrain.link()).token)

    answers = {path: await phone.get(path) for path, _, _ in ANSWERS}

    for path, status, caching in ANSWERS:
        answer = answers[path]
        assert (path, answer.status_code) == (path, status)
        assert {name: answer.headers.get(name) for name in SECURITY} == SECURITY
        assert "camera=(self), geolocation=(self)" in answer.headers["permissions-policy"]
        assert _policy(answer) == CSP
        assert answer.headers["cache-control"] == caching


@row(10, without={"backend.auth.headers.content_security_policy": lambda _: FOREIGN})
async def test_no_page_may_ask_another_origin(terrain: Installation) -> None:
    phone = terrain.phone()
    link = await terrain.link()
    pages = [await phone.get(f"/t/{link.token}"), await enrolled(phone, link.token)]

    for page in pages:
        allowed = {source for each in _policy(page).values() for source in each.split(" ")}
        assert {each for each in allowed if re.search(r"[.*]|http", each)} == set()
        assert set(re.findall(r'src="(.)', page.text)) <= {"/"}
        assert not re.search(r'<(?:link|script|img)[^>]*="https?:', page.text)


async def test_the_policy_allows_the_style_and_the_script_of_every_page(
    terrain: Installation,
) -> None:
    phone = terrain.phone()
    link = await terrain.link()
    button = await phone.get(f"/t/{link.token}")
    day = await enrolled(phone, link.token)

    for page in (button, day, await phone.get("/t/unknown")):
        style = page.text.partition("<style>")[2].partition("</style>")[0]
        digest = b64encode(sha256(style.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in _policy(page)["style-src"]
    [script] = re.findall(r'<script type="module" src="(/[^"/][^"]*)">', day.text)
    assert (await phone.get(script)).status_code == 200


@row(13, without={"backend.tech.api._REVALIDATE": "public, max-age=86400"})
async def test_the_service_worker_may_serve_the_technicians_pages_alone(
    terrain: Installation,
) -> None:
    worker = await terrain.phone().get("/t/sw.js")

    assert worker.headers["service-worker-allowed"] == "/t/"
    assert worker.headers["cache-control"] == "no-cache"
    assert worker.headers["content-type"].startswith("text/javascript")


async def test_an_unchanged_service_worker_is_not_sent_again(terrain: Installation) -> None:
    phone = terrain.phone()
    first = await phone.get("/t/sw.js")

    again = await phone.get("/t/sw.js", headers={"If-None-Match": first.headers["etag"]})

    assert again.status_code == 304
    assert again.content == b""


@pytest.mark.parametrize("accepted", ["gzip, br", "br;q=1.0"])
async def test_an_asset_is_sent_as_the_build_compressed_it(
    terrain: Installation, accepted: str
) -> None:
    name = "/assets/tech-0a1b2c3d.js"
    request = terrain.phone().build_request("GET", name, headers={"Accept-Encoding": accepted})

    answer = await terrain.phone().send(request, stream=True)

    sent = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "br"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert brotli.decompress(sent) == b"export {}"


async def test_an_asset_is_sent_plain_to_those_who_cannot_inflate_it(
    terrain: Installation,
) -> None:
    plain = {"Accept-Encoding": "identity"}

    answer = await terrain.phone().get("/assets/tech-0a1b2c3d.js", headers=plain)

    assert "content-encoding" not in answer.headers
    assert answer.text == "export {}"


async def test_the_manifest_has_its_own_media_type(terrain: Installation) -> None:
    manifest = await terrain.phone().get("/t/manifest.webmanifest")

    assert manifest.headers["content-type"].startswith("application/manifest+json")


async def test_robots_are_kept_from_links(terrain: Installation) -> None:
    assert "Disallow: /t/" in (await terrain.phone().get("/robots.txt")).text


def _policy(answer: httpx.Response) -> dict[str, str]:
    directives = answer.headers["content-security-policy"].split("; ")
    return dict(each.split(" ", 1) for each in directives)
