"""How many labels the phone reads by itself: the shipped app in Chromium, zxing in its thread.

    python -m bench.scanner [--synthetic N] [--seed S]

Each photo goes through `readStill` of the built app, resized as the phone resizes it, by one reader
as the scan screen holds it. The last line
printed is one JSON object.
"""

import argparse
import base64
import io
import json
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from bench.vision import number, rate
from sync.facts import FactKind, facts_of
from tests.e2e.conftest import opened
from tests.label_photos.photos import LabelPhoto, label_photos
from tests.label_photos.templates import Truth

# As `pwa/src/tech/label.ts` makes of a photo.
LONG_EDGE_PX: Final = 1600
JPEG_QUALITY: Final = 80

_READ: Final = """async ([reader, photo]) => {
  const { openReader, readStill } = await import(reader)
  const held = await (globalThis.held ??= openReader())
  const bytes = Uint8Array.from(atob(photo), (c) => c.charCodeAt(0))
  const began = performance.now()
  const codes = await readStill(new Blob([bytes], { type: 'image/jpeg' }), held)
  return [codes.map(({ type, value }) => [type, value]), performance.now() - began]
}"""


Facts = frozenset[tuple[str, str]]

_IDENTITIES: Final = {FactKind.SERIAL, FactKind.GPON_SERIAL, FactKind.MAC, FactKind.URL}


class Read(NamedTuple):
    """The facts, (kind, value), that the phone read of a label, and how long it took (ms)."""

    photo: LabelPhoto
    facts: Facts
    took_ms: float


def read_all(count: int, seed: int) -> Iterator[Read]:
    """Each label of the set, on one phone that is enrolled."""
    with ExitStack() as ends:
        playwright = ends.enter_context(sync_playwright())
        folder = ends.enter_context(tempfile.TemporaryDirectory())
        world = ends.enter_context(opened(playwright, Path(folder)))
        world.enrol()
        reader = _reader(world.page)
        for photo in label_photos(count, seed):
            asked = [reader, base64.b64encode(_resized(photo.jpeg)).decode()]
            facts, took_ms = world.page.evaluate(_READ, asked)
            yield Read(photo, frozenset(_same(*fact) for fact in facts), took_ms)


def _reader(page: Page) -> str:
    """The address of the chunk that reads, as the app has loaded it."""
    loaded = "() => performance.getEntriesByType('resource').map((each) => each.name)"
    return next(str(each) for each in page.evaluate(loaded) if "/scan-" in each)


def _resized(jpeg: bytes) -> bytes:
    with Image.open(io.BytesIO(jpeg)) as photo:
        photo.thumbnail((LONG_EDGE_PX, LONG_EDGE_PX))
        file = io.BytesIO()
        photo.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def summary(reads: list[Read]) -> dict[str, Any]:
    """The figures; `wrong` counts identities that are not on the label."""
    wanted = [(one, truth) for one in reads for truth in one.photo.codes]
    found = [truth for one, truth in wanted if _stated(truth) & one.facts]
    held = [one for one in reads if any(truth.is_identity for truth in one.photo.codes)]
    times = sorted(one.took_ms for one in reads)
    return {
        "images": len(reads),
        "read_rate": rate(len(found), len(wanted)),
        "label_identified": rate(len([one for one in held if _identified(one)]), len(held)),
        "wrong": sum(len(_wrong(one)) for one in reads),
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[int(len(times) * 0.95)], 1),
    }


def _stated(truth: Truth) -> Facts:
    facts = facts_of(truth.text, truth.symbology)
    return frozenset(_same(fact.kind, fact.value) for fact in facts)


def _same(kind: str, value: str) -> tuple[str, str]:
    return kind, number(value)


def _identified(one: Read) -> bool:
    return any(truth.is_identity and _stated(truth) & one.facts for truth in one.photo.codes)


def _wrong(one: Read) -> Facts:
    there = frozenset[tuple[str, str]]().union(*(_stated(truth) for truth in one.photo.codes))
    return frozenset(fact for fact in one.facts - there if fact[0] in _IDENTITIES)


def main() -> None:
    """Print the rate of each condition, then the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.scanner")
    parser.add_argument("--synthetic", type=int, default=135)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    reads = list(read_all(asked.synthetic, asked.seed))
    for one in reads:
        for kind, value in _wrong(one):
            print(f"wrong: {one.photo.template} {one.photo.condition}: {kind} {value}")
    for condition in sorted({one.photo.condition for one in reads}):
        some = summary([one for one in reads if one.photo.condition == condition])
        print(f"{condition}: {some['read_rate']} of codes, {some['label_identified']} of labels")
    print(json.dumps({"bench": "scanner"} | summary(reads)))


if __name__ == "__main__":
    main()
