"""Web Push: a phone is told that the office changed its day, by known services alone."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePublicKey,
    derive_private_key,
)
from litestar import Response
from sqlalchemy import Connection

from backend.errors import Refused
from backend.notify.push.client import ForeignService, PushClient, check_endpoint
from backend.notify.push.encryption import Keys, decode, encode, encrypted
from backend.notify.push.vapid import Vapid, new_key, read_vapid
from backend.notify.push.worker import MOST_TRIES, REST_MS, PushWorker, pause_ms
from backend.simulators.push import Browser, PushSimulator
from backend.store.apply import apply_pushes
from backend.store.clock import Clock
from backend.store.devices import Enrolled, enrol, revoke_device
from backend.store.links import create_link
from backend.store.push import Subscription, is_subscribed, subscribe
from backend.store.store import Store, open_store
from tests.given import (
    CLOCK,
    JOB,
    MARC,
    NOW_MS,
    OTHER_JOB,
    TODAY,
    a_visit,
    mutation,
    push,
    technician,
    upstream,
)
from tests.rows import row

SERVICE: Final = "https://updates.push.services.mozilla.com"


class Told(NamedTuple):
    """What a test holds: the store, the service, Marc's phone and the worker."""

    store: Store
    service: PushSimulator
    device: str
    worker: PushWorker
    now: list[int]

    async def given(self, work: Callable[[Connection], Any]) -> Any:
        """Run a store function in a transaction."""
        return await self.store.writer.run(work)

    async def turn(self, later_ms: int = 0) -> None:
        """Let time pass, and the worker look."""
        self.now[0] += later_ms
        await self.worker.turn()

    @property
    def messages(self) -> list[bytes]:
        """What Marc's browser was told."""
        return self.service.browsers["marc"].told


@pytest.fixture
async def told(database_url: str, tmp_path: Path) -> AsyncIterator[Told]:
    """Marc's phone, which wants to be told, and a visit of his that it knows."""
    now = [NOW_MS]
    store = open_store(database_url, lambda: Clock(now[0], TODAY), lambda _poked: None)
    service = PushSimulator(SERVICE, {"marc": Browser()})
    transport = httpx.ASGITransport(cast(Any, service.app()))
    client = PushClient(a_key(tmp_path), transport)
    device = await store.writer.run(a_phone)
    browser = service.browsers["marc"]
    asked = browser.subscription(f"{SERVICE}/push/marc")
    kept = Subscription(
        device, asked["endpoint"], asked["keys"]["p256dh"], asked["keys"]["auth"], "fr", 0, 0
    )
    await store.writer.run(lambda conn: subscribe(conn, kept))
    yield Told(store, service, device, PushWorker(client, store, lambda: Clock(now[0], TODAY)), now)
    await store.close()


def a_phone(conn: Connection) -> str:
    """Marc's, with a visit today."""
    upstream(conn, 1, MARC, "TECH-1", full_name="Marc Tremblay", active=True)
    a_visit(conn)
    link = create_link(conn, MARC, NOW_MS, 60, 3)
    made = enrol(conn, link.token, "nonce", NOW_MS, "")
    assert isinstance(made, Enrolled)
    return made.device.id


def a_key(folder: Path) -> Vapid:
    """A key as `terrain push-key` makes it."""
    file = folder / "push-key"
    file.touch(mode=0o600)
    file.write_text(new_key())
    return read_vapid(str(file), "https://terrain.example.ca")


def moved(conn: Connection) -> None:
    """The office moves the visit."""
    upstream(conn, 50, JOB, "DJ-00161", window_start="15:00:00")


async def test_a_visit_that_the_office_moves_is_told_once_and_names_nobody(told: Told) -> None:
    await told.given(moved)

    await told.turn()
    await told.turn(later_ms=REST_MS)

    assert told.messages == [
        b'{"title":"Terrain",'
        + '"body":"Une visite est nouvelle ou a changé. Ouvre ta journée."}'.encode()
    ]


async def test_a_new_visit_is_told(told: Told) -> None:
    await told.given(lambda conn: a_visit(conn, OTHER_JOB))

    await told.turn()

    assert len(told.messages) == 1


async def test_what_was_there_before_is_not_told(told: Told) -> None:
    await told.turn()

    assert told.service.requests == 0


async def test_a_phones_own_work_is_not_told(told: Told) -> None:
    own = push(
        mutation(1, "set", {"status": "en_route"}),
        actor=technician(device=told.device),
        device=told.device,
    )
    await told.given(lambda conn: apply_pushes(conn, [own], CLOCK))

    await told.turn()

    assert told.service.requests == 0


async def test_changes_of_five_minutes_are_one_message(told: Told) -> None:
    await told.given(moved)
    await told.turn()
    await told.given(lambda conn: a_visit(conn, OTHER_JOB))

    await told.turn(later_ms=REST_MS - 1)
    before = len(told.messages)
    await told.turn(later_ms=1)

    assert (before, len(told.messages)) == (1, 2)


async def test_an_address_that_is_gone_is_forgotten(told: Told) -> None:
    await told.given(moved)
    told.service.browsers.clear()

    await told.turn()

    assert not await told.store.read(lambda conn: is_subscribed(conn, told.device))


@row(38, without={"backend.notify.push.worker.forget_ended": lambda *_: None})
async def test_a_revoked_phone_is_forgotten_and_told_nothing(told: Told) -> None:
    await told.given(moved)
    await told.given(lambda conn: revoke_device(conn, told.device, NOW_MS))

    await told.turn()

    assert told.service.requests == 0
    assert not await told.store.read(lambda conn: is_subscribed(conn, told.device))


async def test_a_service_that_fails_is_asked_again_later_and_given_up(told: Told) -> None:
    await told.given(moved)
    told.service.answers = [Response(None, status_code=503) for _ in range(MOST_TRIES)]

    for tries in range(MOST_TRIES):
        await told.turn(later_ms=pause_ms(tries, None) if tries else 0)
        await told.turn()  # too early
    await told.turn(later_ms=10 * REST_MS)

    assert told.service.requests == MOST_TRIES
    assert told.messages == []


async def test_a_service_that_was_away_is_told_of_it_afterwards(told: Told) -> None:
    await told.given(moved)
    told.service.answers = [Response(None, status_code=429, headers={"Retry-After": "120"})]

    await told.turn()
    await told.turn(later_ms=119_000)
    early = told.service.requests
    await told.turn(later_ms=1_000)

    assert (early, len(told.messages)) == (1, 1)


@row(38, without={"backend.notify.push.client.check_endpoint": lambda _endpoint: None})
@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1/push/x",
        "https://[::1]/push/x",
        "https://169.254.169.254/latest",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://intranet.example/push/x",
        "http://updates.push.services.mozilla.com/push/x",
        "https://updates.push.services.mozilla.com:8443/push/x",
        "https://updates.push.services.mozilla.com@10.0.0.1/push/x",
        "https://user@updates.push.services.mozilla.com/push/x",
        "https://updates.push.services.mozilla.com.example/push/x",
        "https://evilpush.apple.com/x",
        "https://10.0.0.1\\.push.apple.com/x",
        "https://10.0.0.1/.push.apple.com",
        "https://10.0.0.1#.push.apple.com",
        "ftp://web.push.apple.com/x",
    ],
)
async def test_an_address_of_no_known_service_is_never_asked(endpoint: str, tmp_path: Path) -> None:
    asked: list[str] = []

    def note(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(201)

    client = PushClient(a_key(tmp_path), httpx.MockTransport(note))
    browser = Browser()

    with pytest.raises(ForeignService):
        await client.send(endpoint, browser.keys, b"{}", NOW_MS // 1000)

    assert asked == []


@pytest.mark.parametrize(
    "host",
    [
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "web.push.apple.com",
        "wns2-by3p.notify.windows.com",
    ],
)
def test_the_services_of_the_four_browsers_are_known(host: str) -> None:
    check_endpoint(f"https://{host}/push/x")


def following(client: PushClient) -> httpx.AsyncClient:
    """A way out that goes where it is sent."""
    return httpx.AsyncClient(transport=client._transport, follow_redirects=True)


@row(38, without={"backend.notify.push.client.PushClient._open": following})
async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    asked: list[str] = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if len(asked) > 1:
            return httpx.Response(201)
        return httpx.Response(307, headers={"Location": "https://10.0.0.1/"})

    client = PushClient(a_key(tmp_path), httpx.MockTransport(elsewhere))

    with pytest.raises(Refused, match="http-307"):
        await client.send(f"{SERVICE}/push/x", Browser().keys, b"{}", NOW_MS // 1000)

    assert asked == ["updates.push.services.mozilla.com"]


def test_a_message_is_encrypted_as_the_example_of_rfc_8291() -> None:
    own = derive_private_key(
        int.from_bytes(decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), SECP256R1()
    )
    keys = Keys(
        decode(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        ),
        decode("BTBZMqHH6r4Tts7J_aSIgg"),
    )
    salt = decode("DGv6ra1nlYgDCS1FRnbzlw")

    body = encrypted(b"When I grow up, I want to be a watermelon", keys, own, salt)

    assert encode(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_sender_names_itself_to_that_service_for_half_a_day(tmp_path: Path) -> None:
    vapid = a_key(tmp_path)

    header = vapid.authorization(f"{SERVICE}/push/x", NOW_MS // 1000)

    scheme, token, key = header.replace("t=", "").replace("k=", "").replace(",", "").split(" ")
    public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), decode(key))
    claims = jwt.decode(token, public, ["ES256"], audience=SERVICE, options={"verify_exp": False})
    assert (scheme, key) == ("vapid", vapid.public)
    assert claims["exp"] - NOW_MS // 1000 == 12 * 3600
    assert claims["sub"] == "https://terrain.example.ca"


def test_a_key_that_is_none_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "push-key"
    file.touch(mode=0o600)
    file.write_text("c2hvcnQ")

    with pytest.raises(ValueError, match="push-key"):
        read_vapid(str(file), "https://terrain.example.ca")
