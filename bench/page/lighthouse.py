"""Lighthouse's own marks of the day, as it simulates a phone on Slow 4G."""

import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench.page.served import Served
from tests.e2e.built_app import PWA
from tests.e2e.phone import CHROMIUM

RUNS: Final = 3
RUN_S: Final = 180.0
_CLI: Final = PWA / "node_modules" / "lighthouse" / "cli" / "index.js"
_CATEGORIES: Final = ("performance", "accessibility", "best-practices")
_FLAGS: Final = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"


class Marks(NamedTuple):
    """0 to 100 each: performance the middle of RUNS, the others the worst; `faults` are the
    audits that cost any."""

    performance: int
    accessibility: int
    best_practices: int
    faults: tuple[str, ...]


def marks(served: Served) -> Marks:
    """Of the day that a known phone is shown."""
    runs = [_run(served) for _ in range(RUNS)]
    scores = [[_score(run, name) for run in runs] for name in _CATEGORIES]
    faults = {fault for run in runs for fault in _faults(run)}
    return Marks(
        round(statistics.median(scores[0])), min(scores[1]), min(scores[2]), tuple(sorted(faults))
    )


def _run(served: Served) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cookie = "; ".join(f"{each['name']}={each['value']}" for each in served.cookies)
        # In a file: the command line of a process is everybody's to read.
        headers = folder / "headers.json"
        headers.touch(mode=0o600)
        headers.write_text(json.dumps({"Cookie": cookie}), "utf-8")
        report = folder / "report.json"
        command = [
            *("node", str(_CLI), served.app, "--quiet", "--output=json"),
            f"--output-path={report}",
            f"--extra-headers={headers}",
            f"--only-categories={','.join(_CATEGORIES)}",
            f"--chrome-flags={_FLAGS}",
            "--no-enable-error-reporting",
        ]
        subprocess.run(  # noqa: S603  (a pinned package of our own folder)
            command, check=True, timeout=RUN_S, env={**os.environ, "CHROME_PATH": CHROMIUM}
        )
        read: dict[str, Any] = json.loads(report.read_text("utf-8"))
        return read


def _score(run: dict[str, Any], category: str) -> int:
    return round(100 * (run["categories"][category]["score"] or 0))


def _faults(run: dict[str, Any]) -> list[str]:
    weighed = {
        each["id"]
        for category in run["categories"].values()
        for each in category["auditRefs"]
        if each["weight"] > 0
    }
    audits = (run["audits"][name] for name in weighed)
    return [
        f"{each['id']}: {each['title']}"
        for each in audits
        if (each.get("score") or 0) < 0.9
        and each["scoreDisplayMode"] in ("binary", "numeric", "metricSavings")
    ]
