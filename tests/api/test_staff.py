"""A dispatcher is believed only through the proxy, in one spelling, by an exact group."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.auth.roles import Role
from backend.auth.staff import read_proxy_secret, role_of
from backend.settings import Settings, StaffSettings
from tests.api.installation import PROXY, PROXY_SECRET, Installation, opened
from tests.rows import row

Headers = list[tuple[bytes, bytes]]

EMAIL = (b"X-authentik-email", b"rita@example.ca")
GROUPS = (b"X-authentik-groups", b"everyone|terrain-dispatch")
SECRET = (b"X-Terrain-Proxy", PROXY_SECRET)
GOOD = [EMAIL, GROUPS, SECRET]


def _with(name: bytes, value: bytes) -> Headers:
    """The good headers, one of them with another value."""
    return [(n, value if n == name else v) for n, v in GOOD]


MUTATIONS = [
    ([GROUPS, SECRET], 403),
    ([EMAIL, SECRET], 403),
    ([EMAIL, GROUPS], 403),
    ([], 403),
    (_with(b"X-Terrain-Proxy", b""), 403),
    (_with(b"X-Terrain-Proxy", PROXY_SECRET[:-1]), 403),
    (_with(b"X-Terrain-Proxy", PROXY_SECRET + b"0"), 403),
    (_with(b"X-Terrain-Proxy", PROXY_SECRET.upper()), 403),
    (_with(b"X-Terrain-Proxy", "é".encode() * 16), 403),
    (_with(b"X-authentik-email", b""), 403),
    (_with(b"X-authentik-email", b"rita"), 403),
    (_with(b"X-authentik-email", b"rita@example.ca, eve@example.ca"), 403),
    (_with(b"X-authentik-email", b"rita@example.ca eve"), 403),
    (_with(b"X-authentik-email", b"r" * 300 + b"@example.ca"), 403),
    (_with(b"X-authentik-groups", b""), 403),
    (_with(b"X-authentik-groups", b"everyone"), 403),
    (_with(b"X-authentik-groups", b"terrain-dispatch-old"), 403),
    (_with(b"X-authentik-groups", b"not-terrain-dispatch"), 403),
    (_with(b"X-authentik-groups", b"Terrain-Dispatch"), 403),
    (_with(b"X-authentik-groups", b"terrain-dispatch,everyone"), 403),
    (_with(b"X-authentik-groups", b"everyone| terrain-dispatch"), 403),
    ([*GOOD, EMAIL], 400),
    ([*GOOD, GROUPS], 400),
    ([*GOOD, SECRET], 400),
    ([*GOOD, (b"x-AUTHENTIK-email", b"eve@example.ca")], 400),
    ([*GOOD, (b"X_authentik_email", b"eve@example.ca")], 400),
    ([*GOOD, (b"X-authentik_email", b"eve@example.ca")], 400),
    ([*GOOD, (b"X.authentik.email", b"eve@example.ca")], 400),
    ([*GOOD, (b"X-authentik-email ", b"eve@example.ca")], 400),
    ([*GOOD, (b"X--authentik-groups", b"terrain-dispatch")], 400),
    ([*GOOD, (b"X_Terrain_Proxy", PROXY_SECRET)], 400),
    ([(b"X_authentik_email", b"rita@example.ca"), GROUPS, SECRET], 400),
    ([*GOOD, (b"Connection", b"close, X-authentik-email")], 400),
    ([*GOOD, (b"Connection", b"x_authentik_groups")], 400),
    ([*GOOD, (b"Connection", b"keep-alive"), (b"Connection", b"X-Terrain-Proxy")], 400),
]


@pytest.fixture
def database_url(tmp_path: Path, migrated: Path) -> str:
    """Nothing here depends on the database: one kind is enough."""
    return f"sqlite:///{shutil.copy(migrated, tmp_path / 'terrain.db')}"


async def test_a_dispatcher_comes_through_the_proxy(terrain: Installation) -> None:
    answer = await terrain.phone(PROXY).get("/board/whoami", headers=GOOD)

    assert answer.json() == {
        "email": "rita@example.ca",
        "groups": ["everyone", "terrain-dispatch"],
        "role": "dispatcher",
        "has_session": False,
    }


@row(16, without={"backend.auth.staff.refuse_ambiguous": lambda _connection: None})
@row(16, without={"backend.auth.staff.StaffGate._is_from_proxy": lambda _gate, _connection: True})
async def test_any_other_form_of_identity_is_refused(terrain: Installation) -> None:
    proxy = terrain.phone(PROXY)

    for headers, status in MUTATIONS:
        whoami = await proxy.get("/board/whoami", headers=headers)
        guarded = await proxy.get("/board/open", headers=headers)

        assert (headers, whoami.status_code, guarded.status_code) == (headers, status, status)


@pytest.mark.parametrize("address", ["203.0.113.7", "127.0.0.1", "10.9.0.2", "::ffff:10.9.0.2"])
async def test_perfect_headers_from_elsewhere_are_refused(
    terrain: Installation, address: str
) -> None:
    headers = [*GOOD, (b"X-Forwarded-For", PROXY.encode())]

    assert (await terrain.phone(address).get("/board/whoami", headers=headers)).status_code == 403


async def test_a_proxy_seen_over_ipv6_is_the_same_proxy(terrain: Installation) -> None:
    answer = await terrain.phone(f"::ffff:{PROXY}").get("/board/open", headers=GOOD)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (("all", "view"), Role.VIEWER),
        (("view", "dispatch"), Role.DISPATCHER),
        (("admin", "view"), Role.ADMIN),
        (("Admin", "view "), None),
        ((), None),
    ],
)
def test_the_role_is_the_most_that_a_persons_groups_give(
    groups: tuple[str, ...], role: Role | None
) -> None:
    settings = StaffSettings(
        groups=("dispatch",), viewer_groups=("view",), admin_groups=("admin", "owners")
    )

    assert role_of(groups, settings) is role


async def test_a_guard_lets_dispatchers_in(terrain: Installation) -> None:
    assert (await terrain.phone(PROXY).get("/board/open", headers=GOOD)).status_code == 200


async def test_production_gives_no_identity_on_loopback(terrain: Installation) -> None:
    assert (await terrain.phone("127.0.0.1", "localhost").get("/board/open")).status_code == 403


@pytest.fixture
async def demo(database_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    """An installation of the demo profile."""
    async with opened(database_url, tmp_path, profile="demo") as installation:
        yield installation


@pytest.mark.parametrize("host", ["localhost:8700", "127.0.0.1:8700", "[::1]:8700"])
async def test_the_demo_knows_whoever_sits_at_the_machine(demo: Installation, host: str) -> None:
    answer = await demo.phone("127.0.0.1", host).get("/board/whoami")

    assert answer.json() == {
        "email": "demo",
        "groups": ["terrain-dispatch"],
        "role": "admin",
        "has_session": False,
    }


@pytest.mark.parametrize(
    ("address", "host", "headers"),
    [
        ("192.0.2.1", "localhost", []),
        ("127.0.0.1", "terrain.example.ca", []),
        ("127.0.0.1", "localhost.evil.example", []),
        ("127.0.0.1", "localhost", [(b"X-Forwarded-For", b"203.0.113.7")]),
        ("127.0.0.1", "localhost", [(b"X_Forwarded_Host", b"evil.example")]),
        ("127.0.0.1", "localhost", [(b"Forwarded", b"for=203.0.113.7")]),
        ("127.0.0.1", "localhost", [(b"Via", b"1.1 proxy")]),
        ("127.0.0.1", "localhost", [EMAIL, GROUPS]),
    ],
)
async def test_the_demo_knows_nobody_from_elsewhere(
    demo: Installation, address: str, host: str, headers: Headers
) -> None:
    answer = await demo.phone(address, host).get("/board/whoami", headers=headers)

    assert answer.status_code == 403


@row(29, without={"backend.settings.secret_file._OTHERS_MAY_READ": 0})
def test_a_secret_is_long_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    settings = Settings(staff=StaffSettings(proxy_secret_file=str(file)))
    file.write_bytes(PROXY_SECRET + b"\n")

    file.chmod(0o600)
    assert read_proxy_secret(settings) == PROXY_SECRET

    file.chmod(0o604)
    with pytest.raises(ValueError, match="everybody"):
        read_proxy_secret(settings)

    file.chmod(0o600)
    file.write_bytes(b"changeme\n")
    with pytest.raises(ValueError, match="32 characters"):
        read_proxy_secret(settings)


async def test_without_a_secret_nobody_is_staff(database_url: str, tmp_path: Path) -> None:
    secret = read_proxy_secret(Settings(staff=StaffSettings(proxy_addresses=(PROXY,))))

    async with opened(database_url, tmp_path, secret=secret) as terrain:
        phone = terrain.phone(PROXY)
        empty = await phone.get("/board/open", headers=_with(b"X-Terrain-Proxy", b""))
        none = await phone.get("/board/open", headers=[EMAIL, GROUPS])

    assert [empty.status_code, none.status_code] == [403, 403]
