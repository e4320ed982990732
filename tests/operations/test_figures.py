"""What Prometheus reads: the truth of the database, nobody's name, and on a port of its own."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from prometheus_client import Metric, generate_latest

from backend import metrics
from backend.operations.figures import read_figures, serve_figures, show
from backend.settings.upkeep import MetricsSettings
from backend.store.backups import note_taken
from backend.store.shadows import ERPNEXT, UpstreamState, write_state
from backend.store.store import Store, open_store
from tests.e2e.processes import free_port
from tests.given import CLOCK, NOW_MS, a_visit, mutation, push


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'terrain.db'}", lambda: CLOCK, lambda _: None)
    await opened.writer.run(a_visit)
    yield opened
    await opened.close()


def value(name: str) -> float:
    """A figure as it is served; 0 before it was ever counted."""
    text = generate_latest(metrics.REGISTRY).decode()
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def test_queues_breaker_and_backup_are_what_the_database_says(store: Store) -> None:
    await store.writer.push(push(mutation(1, "note", {"text": "le code de la porte"})))
    away = UpstreamState(NOW_MS, "timeout", NOW_MS)
    await store.writer.run(lambda conn: write_state(conn, ERPNEXT, away))
    await store.writer.run(lambda conn: note_taken(conn, NOW_MS))
    later = NOW_MS + 60_000

    show(await store.read(lambda conn: read_figures(conn, later)), later)

    assert value("terrain_outbox_mutations") == 1
    assert value("terrain_outbox_oldest_seconds") == 60
    assert value('terrain_breaker_open{upstream="erpnext"}') == 1
    assert value("terrain_backup_timestamp_seconds") == NOW_MS / 1000
    assert b"porte" not in generate_latest(metrics.REGISTRY)


async def test_each_verdict_and_how_long_it_took_is_counted(store: Store) -> None:
    name, lag = 'terrain_verdicts_total{outcome="applied"}', "terrain_phone_to_server_seconds_count"
    before = value(name), value(lag)

    await store.writer.push(push(mutation(1, "note", {"text": "a"})))

    assert (value(name), value(lag)) == (before[0] + 1, before[1] + 1)


async def test_figures_are_served_on_their_own_port(store: Store, tmp_path: Path) -> None:
    settings = MetricsSettings(port=free_port())
    serving = asyncio.create_task(serve_figures(settings, store, tmp_path, lambda: NOW_MS))
    async with httpx.AsyncClient() as http:
        while True:  # it listens once it has looked
            with suppress(httpx.ConnectError):
                answer = await http.get(f"http://127.0.0.1:{settings.port}/metrics")
                break
            await asyncio.sleep(0)
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving

    assert answer.status_code == 200
    assert "terrain_commit_callers_bucket" in answer.text
    assert value("terrain_disk_free_bytes") > 0


def test_figures_are_never_offered_to_the_internet() -> None:
    with pytest.raises(ValueError, match="internal"):
        MetricsSettings("8.8.8.8", 9100)


def test_the_dashboard_asks_for_figures_that_exist() -> None:
    dashboard = (Path(__file__).parents[2] / "deploy" / "grafana.json").read_text("utf-8")
    asked = {
        name
        for panel in json.loads(dashboard)["panels"]
        for target in panel["targets"]
        for name in re.findall(r"terrain_[a-z_]+", target["expr"])
    }

    known = {sample for family in metrics.REGISTRY.collect() for sample in _names(family)}
    assert asked <= known
    assert len(asked) > 10


def _names(family: Metric) -> set[str]:
    suffixes = {"histogram": ("_bucket", "_count"), "counter": ("_total",)}
    return {f"{family.name}{each}" for each in suffixes.get(family.type, ("",))}
