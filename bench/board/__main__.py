"""How soon the board is drawn, and how soon it shows what changed.

    python -m bench.board [--technicians 200] [--visits 2000] [--updates 20] [--keep]

A real server over a filled SQLite database, and the built page in Chromium. `--keep` leaves it
running, to be looked at. The last line printed is one JSON object; bench/README.md says what each
figure is.
"""

import argparse
import contextlib
import json
import os
import signal
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
from playwright.sync_api import Page, sync_playwright

from bench.board.day import Day, fill
from bench.installation import TICKS_A_SECOND
from tests.e2e.phone import CHROMIUM
from tests.e2e.processes import Server
from tests.faults.phones import now_ms

# When the page heard of a change, and when a visit's hours stood in it.
_WATCH: Final = """
window.pokes = []
const Source = window.EventSource
window.EventSource = class extends Source {
  constructor(...given) {
    super(...given)
    this.addEventListener('poke', () => window.pokes.push(performance.now()))
  }
}
"""
# Only what changed is looked at: a look at all 2,000 visits in each frame would be most of it.
_DRAWN: Final = """
(hour) => new Promise((done) => {
  const stands = ({ target }) => target.textContent.includes(hour)
  const shown = () => requestAnimationFrame(() => setTimeout(() => done(performance.now())))
  const watch = new MutationObserver((seen) => {
    if (seen.some(stands)) {
      watch.disconnect()
      shown()
    }
  })
  const whole = { subtree: true, childList: true, characterData: true }
  watch.observe(document.querySelector('#visits'), whole)
})
"""
_ROWS: Final = """
(rows) => new Promise((done) => {
  const look = () =>
    document.querySelectorAll('#visits tbody tr').length >= rows
      ? requestAnimationFrame(() => done(performance.now()))
      : requestAnimationFrame(look)
  look()
})
"""


def measure(server: Server, day: Day, updates: int) -> dict[str, Any]:
    """All figures, from a served day."""
    visits = sum(len(each.visits) for each in day.technicians)
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as browser,
    ):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(_WATCH)
        drawn = [_draws(page, server.url, visits) for _ in range(5)]
        page.wait_for_timeout(3000)
        spent = _cpu_s(server.pid)
        changed = [_update(page, server, day, number) for number in range(updates)]
        spent = _cpu_s(server.pid) - spent
    return {
        "technicians": len(day.technicians),
        "visits": visits,
        **_server_figures(server.url),
        "first_draw_ms": round(statistics.median(first for first, _ in drawn)),
        "all_drawn_ms": round(statistics.median(whole for _, whole in drawn)),
        "update_p50_ms": round(statistics.median(changed)),
        "update_p95_ms": round(sorted(changed)[max(0, int(len(changed) * 0.95) - 1)]),
        "update_server_cpu_ms": round(spent * 1000 / updates),
        "load": os.getloadavg()[0],
    }


def _server_figures(url: str) -> dict[str, Any]:
    took, size = [], 0
    with httpx.Client(headers={"Accept-Encoding": "br"}) as http:
        for _ in range(5):
            begun = time.perf_counter()
            with http.stream("GET", f"{url}/board/api/state") as answer:
                size = sum(len(chunk) for chunk in answer.iter_raw())
            took.append((time.perf_counter() - begun) * 1000)
    return {"state_ms": round(statistics.median(took)), "state_kb": round(size / 1000)}


def _draws(page: Page, url: str, visits: int) -> tuple[float, float]:
    """When tiles and the first visits stand in the page, and when all of them do, in ms."""
    page.goto(f"{url}/board", wait_until="commit")
    return float(page.evaluate(_ROWS, 1)), float(page.evaluate(_ROWS, visits))


def _cpu_s(leader: int) -> float:
    """Processor time of a server's processes, which lead one session."""
    ticks = 0
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12]) if int(fields[3]) == leader else 0
    return ticks / TICKS_A_SECOND


def _update(page: Page, server: Server, day: Day, number: int) -> float:
    """From the poke to the new hours on the page, in ms; the page was quiet before."""
    key = day.technicians[number % len(day.technicians)].visits[-1]
    hour = f"{number % 24:02}:{17 + number % 40:02}"
    shown = f"{number % 24} h {17 + number % 40:02}".replace(" ", "\u00a0")
    page.evaluate("window.pokes = []")
    page.evaluate(f"window.drawn = ({_DRAWN})({json.dumps(shown)}); 0")
    decision = {
        "id": str(uuid.uuid4()),
        "kind": "edit",
        "key": key,
        "base": server.rows("SELECT sequence FROM counter")[0][0],
        "made_at": now_ms(),
        "args": {"window_start": hour},
    }
    headers = {"X-Terrain": "1"}
    answer = httpx.post(f"{server.url}/board/api/mutations", json=decision, headers=headers)
    if answer.json().get("outcome") != "applied":
        raise SystemExit(answer.text)
    drawn = float(page.evaluate("window.drawn"))
    took = drawn - float(page.evaluate("window.pokes[0]"))
    page.wait_for_timeout(2500)
    return took


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--technicians", type=int, default=200)
    parser.add_argument("--visits", type=int, default=2000)
    parser.add_argument("--updates", type=int, default=20)
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server ends too
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), settings=['profile = "demo"'])
        server.data.mkdir()
        seed = Random(1)  # noqa: S311  (the same day each time)
        url = f"sqlite:///{server.database}"
        day = fill(url, asked.technicians, asked.visits, now_ms(), seed)
        server.start()
        try:
            if asked.keep:
                print(server.url, flush=True)
                while True:
                    time.sleep(3600)
            print(json.dumps(measure(server, day, asked.updates)))
        finally:
            server.kill()


if __name__ == "__main__":
    main()
