"""The figures of the technician's app, in Chromium, with the processor and the network of a phone.

    python -m bench.page

bench/README.md says what each figure is. What no flow of the app gives yet is null. The last line
printed is one JSON object; the lines before tell what axe-core and Lighthouse found.
"""

import json
import statistics
from typing import Any

from playwright.sync_api import sync_playwright

from bench.page import lighthouse, reach, speed, taps, weight
from bench.page.served import Served, served
from tests.e2e.proxy import POOR, SLOW_4G


def measure(running: Served) -> dict[str, Any]:
    """All figures; says what was found on the way."""
    first_view = {
        "first_view_bytes": weight.first_view(running),
        "day_js_bytes": weight.day_scripts(),
        "app_bytes": weight.app_scripts(),
    }
    return first_view | _timed(running) | _worked(running) | _reached(running) | _marked(running)


def _timed(running: Served) -> dict[str, Any]:
    slow = _told("first paint, Slow 4G", speed.first_paints(running, SLOW_4G))
    poor = _told("first paint, poor", speed.first_paints(running, POOR))
    warm = _told("start without network", speed.warm_starts(running))
    save = _told("tap to saved", speed.saves(running))
    return {
        "fcp_slow4g_ms": round(statistics.median(slow)),
        "fcp_poor_ms": round(statistics.median(poor)),
        "warm_ms_p95": round(speed.p95(warm)),
        "save_ms_p95": round(speed.p95(save)),
    }


def _told(what: str, times: list[float]) -> list[float]:
    """A machine with other work to do shows in how far these are apart."""
    least, middle, most = min(times), statistics.median(times), max(times)
    print(f"{what}: {least:.0f}, {middle:.0f}, {most:.0f} ms (least, middle, most)", flush=True)
    return times


def _worked(running: Served) -> dict[str, Any]:
    installed = taps.install(running)
    return {
        "inp_ms": round(installed.inp_ms),
        "photo_ms": round(max(_told("photo", speed.photos(running)))),
        "taps_install": installed.taps,
        "taps_absent": taps.absent(running),
        "taps_swap": taps.swap(running),
    }


def _reached(running: Served) -> dict[str, Any]:
    checked = list(reach.check_all(running))
    for each in checked:
        for violation in each.violations:
            print(f"axe {each.name} {each.language} {each.mode}: {violation}")
    return {
        "axe_screens": len(checked),
        "axe_violations": sum(len(each.violations) for each in checked),
    }


def _marked(running: Served) -> dict[str, Any]:
    marks = lighthouse.marks(running)
    for fault in marks.faults:
        print(f"lighthouse {fault}")
    return {
        "lighthouse_performance": marks.performance,
        "lighthouse_accessibility": marks.accessibility,
        "lighthouse_best_practices": marks.best_practices,
    }


def main() -> None:
    """Measure, and print the figures."""
    with sync_playwright() as playwright:
        # A day of its own: its device is fitted once.
        with served(playwright) as running:
            full = taps.install_full(running)
        with served(playwright) as running:
            print(json.dumps(measure(running) | {"taps_install_full": full}))


if __name__ == "__main__":
    main()
