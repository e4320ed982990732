"""/api/push: a phone asks to be told, or no more."""

from typing import Annotated, Any, Final, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from litestar import Request, delete, get, post
from litestar.di import NamedDependency

from backend.auth.body import read_body
from backend.auth.session import DeviceSession
from backend.errors import NotFound, Unreadable
from backend.notify.push.client import PushClient, check_endpoint
from backend.notify.push.encryption import decode
from backend.store.push import Subscription, is_subscribed, subscribe, unsubscribe
from backend.store.store import Store

BODY_BYTES: Final = 4096
SECRET_BYTES: Final = 16


class SubscriptionKeys(msgspec.Struct, frozen=True):
    """The keys of a PushSubscription, base64url."""

    p256dh: Annotated[str, msgspec.Meta(max_length=100)]
    auth: Annotated[str, msgspec.Meta(max_length=40)]


class Wanted(msgspec.Struct, frozen=True):
    """A PushSubscription as browsers write it (W3C Push API), and the language to be told in."""

    endpoint: Annotated[str, msgspec.Meta(max_length=1000)]
    keys: SubscriptionKeys
    lang: Literal["fr", "en"] = "fr"


@get("/api/push")
async def push_state(
    session: NamedDependency[DeviceSession],
    store: NamedDependency[Store],
    push_client: NamedDependency[PushClient | None],
) -> dict[str, str | bool]:
    """The installation's public key, "" when nobody is told here; whether this phone is."""
    told = await store.read(lambda conn: is_subscribed(conn, session.device))
    return {"key": push_client.vapid.public if push_client else "", "told": told}


@post("/api/push", status_code=204)
async def push_on(
    request: Request[Any, Any, Any],
    session: NamedDependency[DeviceSession],
    store: NamedDependency[Store],
    push_client: NamedDependency[PushClient | None],
) -> None:
    """Tell this phone. Raises NotFound where nobody is told, Unreadable, ForeignService."""
    if push_client is None:
        raise NotFound
    wanted = _wanted(await read_body(request, BODY_BYTES))
    check_endpoint(wanted.endpoint)
    keys = wanted.keys
    kept = Subscription(
        session.device, wanted.endpoint, keys.p256dh, keys.auth, wanted.lang, told=0, tries=0
    )
    await store.writer.run(lambda conn: subscribe(conn, kept))


@delete("/api/push", status_code=204)
async def push_off(session: NamedDependency[DeviceSession], store: NamedDependency[Store]) -> None:
    """Tell this phone no more."""
    await store.writer.run(lambda conn: unsubscribe(conn, session.device))


def _wanted(body: bytes) -> Wanted:
    """Raises Unreadable for keys with which nothing could be encrypted."""
    try:
        wanted = msgspec.json.decode(body, type=Wanted)
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), decode(wanted.keys.p256dh))
        if len(decode(wanted.keys.auth)) != SECRET_BYTES:
            raise Unreadable("keys")
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("subscription") from error
    return wanted
