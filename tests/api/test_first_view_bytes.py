"""The first view fits the first flight of packets: 12 kB on the wire, for realistic French days.

Measured where a phone stands: the real server behind a socket, the built app, all that it sends.
"""

import json
import socket
from collections.abc import Iterator
from typing import Final, NamedTuple

import brotli
import pytest
from sqlalchemy import Connection

from backend.auth.session import COOKIE
from backend.installation import now_ms
from backend.settings import Settings
from backend.store.apply import apply_mutations
from backend.store.clock import Clock, local_date
from backend.store.devices import Enrolled, enrol
from backend.store.engine import writing_engine
from backend.store.links import create_link
from backend.store.schema import upgrade
from sync.protocol import Kind, Mutation
from tests.api.generated_days import Rows, generated_day, person
from tests.e2e.built_app import built_app
from tests.e2e.processes import HOST, Server
from tests.given import ERP, uuid7

DAYS: Final = 100
VISITS: Final = 8
# A kB has 1000 bytes.
BUDGET_BYTES: Final = 12_000
STYLE_BUDGET_BYTES: Final = 3_500
ANSWER_S: Final = 10.0


class Terrain(NamedTuple):
    """A server whose technicians each have one generated day; by its seed, the cookie of each."""

    server: Server
    sessions: dict[int, str]

    def first_view(self, seed: int) -> bytes:
        """Every byte that is sent for a day: status line, headers, body."""
        asked = (
            "GET /t/ HTTP/1.1",
            f"Host: {HOST}:{self.server.port}",
            "Accept-Encoding: gzip, deflate, br",
            "Accept-Language: fr-CA",
            f"Cookie: {COOKIE}={self.sessions[seed]}",
            "Connection: close",
        )
        with socket.create_connection((HOST, self.server.port), ANSWER_S) as wire:
            wire.sendall("\r\n".join([*asked, "", ""]).encode())
            return b"".join(iter(lambda: wire.recv(65_536), b""))


@pytest.fixture(scope="module")
def terrain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terrain]:
    """A hundred full days, then one without a visit and one with a single visit."""
    server = Server(tmp_path_factory.mktemp("first-view"))
    server.data.mkdir()
    engine = writing_engine(f"sqlite:///{server.database}")
    upgrade(engine)
    with engine.begin() as conn:
        days = enumerate([*[VISITS] * DAYS, 0, 1])
        sessions = {seed: _day_of(conn, seed, visits) for seed, visits in days}
    engine.dispose()
    server.start()
    yield Terrain(server, sessions)
    server.stop()


def test_the_first_view_of_a_full_day_fits_in_12_kb(terrain: Terrain) -> None:
    sizes = sorted(len(terrain.first_view(seed)) for seed in range(DAYS))

    p50, p95 = sizes[DAYS // 2 - 1], sizes[DAYS * 95 // 100 - 1]
    assert p95 <= BUDGET_BYTES, f"p50 {p50}, p95 {p95}, max {sizes[-1]}"


def test_what_is_measured_is_the_whole_day(terrain: Terrain) -> None:
    head, _, body = terrain.first_view(1).partition(b"\r\n\r\n")

    page = brotli.decompress(body).decode()
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"content-security-policy: " in head.lower()
    assert page.count('<article class="card') == VISITS
    assert _built_style() in page


@pytest.mark.parametrize("light", [DAYS, DAYS + 1])
def test_a_light_day_is_lighter(terrain: Terrain, light: int) -> None:
    assert len(terrain.first_view(light)) < len(terrain.first_view(1))


def test_the_style_in_the_page_is_small() -> None:
    assert len(brotli.compress(_built_style().encode(), quality=11)) <= STYLE_BUDGET_BYTES


def _built_style() -> str:
    style: str = json.loads((built_app() / "build.json").read_bytes())["style"]
    return style


def _day_of(conn: Connection, seed: int, visits: int) -> str:
    """Store a technician with one day, enrol his phone; gives the cookie."""
    clock = Clock(now_ms(), local_date(now_ms(), Settings().site_zone))
    technician = f"technician/{uuid7(seed)}"
    rows: Rows = {technician: {"name": f"TECH-{seed:03}", "full_name": person(seed)}}
    rows |= generated_day(seed, technician, clock.today.isoformat(), visits)
    brought = [
        Mutation(
            uuid7(1_000 + seed * 100 + place),
            0,
            Kind.UPSTREAM,
            key,
            0,
            clock.now_ms,
            {"upstream_name": key, "cells": cells},
        )
        for place, (key, cells) in enumerate(rows.items())
    ]
    apply_mutations(conn, ERP, brought, clock)
    link = create_link(conn, technician, clock.now_ms, 14, 1)
    enrolled = enrol(conn, link.token, "nonce", clock.now_ms, "phone")
    assert isinstance(enrolled, Enrolled)
    return enrolled.session
