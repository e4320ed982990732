"""Where a JWT is asked for, the proxy's headers are believed only with one that proves them."""

import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from backend.auth.jwks import KeySet
from backend.auth.token import TokenCheck
from backend.settings import TokenSettings
from tests.api.installation import PROXY, PROXY_SECRET, Installation, opened
from tests.rows import row

EMAIL = "rita@example.ca"
AUDIENCE = "terrain-board"
KEY, OTHER_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
HEADERS = {
    "X-authentik-email": EMAIL,
    "X-authentik-groups": "terrain-dispatch",
    "X-Terrain-Proxy": PROXY_SECRET.decode(),
}
HOUR_S = 3600


class Authentik:
    """Its key set, and how often it was asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.status = 200
        self.now_s = 0.0
        self.keys = {"one": KEY}

    def check(self) -> TokenCheck:
        """What checks its tokens."""
        settings = TokenSettings(AUDIENCE, "https://auth.example.ca/jwks", ("ES256",))
        transport = httpx.MockTransport(self._answer)
        return TokenCheck(settings, KeySet(settings.keys_url, lambda: self.now_s, transport))

    def _answer(self, _request: httpx.Request) -> httpx.Response:
        self.asked += 1
        algorithm = jwt.algorithms.ECAlgorithm
        keys = [
            algorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": name, "alg": "ES256"}
            for name, key in self.keys.items()
        ]
        return httpx.Response(self.status, json={"keys": keys})


@pytest.fixture
def authentik() -> Authentik:
    """One that signs with KEY."""
    return Authentik()


@pytest.fixture
async def terrain(
    tmp_path: Path, migrated: Path, authentik: Authentik
) -> AsyncIterator[Installation]:
    """An installation that asks for the JWT."""
    url = f"sqlite:///{shutil.copy(migrated, tmp_path / 'terrain.db')}"
    async with opened(url, tmp_path, token=authentik.check()) as installation:
        yield installation


def signed(key: Any = KEY, algorithm: str = "ES256", key_id: str = "one", **claims: Any) -> str:
    """A token as the proxy sends it, its claims changed (None: left out)."""
    good = {"aud": AUDIENCE, "email": EMAIL, "exp": int(time.time()) + HOUR_S}
    body = {name: value for name, value in (good | claims).items() if value is not None}
    return jwt.encode(body, key, algorithm=algorithm, headers={"kid": key_id})


async def came_in(terrain: Installation, token: str) -> bool:
    """Whether perfect headers with this token open the board."""
    headers = HEADERS | {"X-authentik-jwt": token}
    answer = await terrain.phone(PROXY).get("/board/whoami", headers=headers)
    assert answer.status_code in (200, 403)
    return answer.status_code == 200


async def test_a_token_of_the_same_person_lets_in(terrain: Installation) -> None:
    assert await came_in(terrain, signed())


@row(37, without={"backend.auth.token.TokenCheck._claims": lambda *_: {"email": EMAIL}})
async def test_headers_without_a_token_that_proves_them_open_nothing(
    terrain: Installation,
) -> None:
    public = KEY.public_key().public_numbers()
    refused = {
        "of another person": signed(email="eve@example.ca"),
        "of nobody": signed(email=None),
        "for another application": signed(aud="grafana"),
        "for no application": signed(aud=None),
        "that is over": signed(exp=int(time.time()) - HOUR_S),
        "without an end": signed(exp=None),
        "of another key": signed(OTHER_KEY),
        "of a key that nobody knows": signed(key_id="two"),
        "signed by nobody": signed(None, "none"),
        "signed with the public key": signed(f"{public.x}{public.y}", "HS256"),
        "cut": signed()[:-4],
        "empty": "",
        "no token": "Bearer x",
        "too long": signed(more="x" * 20_000),
    }

    assert [why for why, token in refused.items() if await came_in(terrain, token)] == []


async def test_a_token_that_comes_twice_is_malformed(terrain: Installation) -> None:
    headers = [*HEADERS.items(), *(("X-authentik-jwt", signed()) for _ in range(2))]

    answer = await terrain.phone(PROXY).get("/board/whoami", headers=headers)

    assert answer.status_code == 400


async def test_a_new_key_is_read_once_and_made_up_keys_do_not_make_us_ask(
    terrain: Installation, authentik: Authentik
) -> None:
    await came_in(terrain, signed())
    authentik.keys = {"two": OTHER_KEY}

    for number in range(5):
        assert not await came_in(terrain, signed(key_id=f"made-up-{number}"))
    asked = authentik.asked
    authentik.now_s += 60
    renewed = await came_in(terrain, signed(OTHER_KEY, key_id="two"))

    assert asked == 1
    assert renewed
    assert authentik.asked == 2


async def test_keys_that_are_known_last_while_their_place_is_away(
    terrain: Installation, authentik: Authentik
) -> None:
    await came_in(terrain, signed())
    authentik.status, authentik.now_s = 503, 61

    assert not await came_in(terrain, signed(OTHER_KEY, key_id="two"))
    assert await came_in(terrain, signed())


@pytest.mark.parametrize(
    ("audience", "url", "algorithms"),
    [
        ("terrain", "", ("RS256",)),
        ("", "https://auth.example.ca/jwks", ("RS256",)),
        ("terrain", "file:///etc/keys", ("RS256",)),
        ("terrain", "https://auth.example.ca/jwks", ("HS256",)),
        ("terrain", "https://auth.example.ca/jwks", ("RS256", "none")),
        ("terrain", "https://auth.example.ca/jwks", ()),
    ],
)
def test_a_token_is_configured_whole_or_not_at_all(
    audience: str, url: str, algorithms: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match=r"token|algorithms|keys_url"):
        TokenSettings(audience, url, algorithms)
