"""How many labels the edge reads, what it would accept without a person, and at what cost.

    python -m bench.vision --images DIR [--budget-ms B]
    python -m bench.vision --synthetic N --seed S [--budget-ms B]

DIR holds `manifest.jsonl`, one JSON object a line: `file` (relative), `format` ("NEG": no readable
code), `expected` text, and `equipment_like`. Without a budget the server's own is used; 0 sets no
end. The last line printed is one JSON object.
"""

import argparse
import json
import math
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from backend.vision.child import BUDGET_S, Refusal, codes_of, grey
from backend.vision.decoders import by_zbar
from backend.vision.ladder import Code
from sync.facts import FactKind, facts_of, may_accept
from tests.label_photos.photos import label_photos
from tests.label_photos.templates import HOST


class Line(msgspec.Struct):
    """One line of the manifest."""

    file: str
    format: str
    expected: str | None = None
    equipment_like: bool = False


class Wanted(NamedTuple):
    """A text that an image holds, the format it is counted under, and whether it identifies."""

    text: str
    format: str
    is_identity: bool


class Image(NamedTuple):
    """An image in memory, and all that is known to be on it."""

    name: str
    data: bytes
    wanted: tuple[Wanted, ...]


class Result(NamedTuple):
    """What the ladder and zbar alone made of an image; CPU time of the ladder's whole way."""

    image: Image
    codes: tuple[Code, ...]
    zbar: frozenset[str]
    cpu_ms: float


def of_folder(folder: Path) -> Iterator[Image]:
    """The images of a manifest."""
    for text in (folder / "manifest.jsonl").read_text("utf-8").splitlines():
        line = msgspec.json.decode(text, type=Line)
        wanted = Wanted(line.expected or "", line.format, line.equipment_like)
        data = (folder / line.file).read_bytes()
        yield Image(line.file, data, () if line.format == "NEG" else (wanted,))


def of_seed(count: int, seed: int) -> Iterator[Image]:
    """Generated labels: every code of each is wanted."""
    for place, photo in enumerate(label_photos(count, seed)):
        wanted = tuple(Wanted(*truth) for truth in photo.codes)
        yield Image(f"{place} {photo.template} {photo.condition}", photo.jpeg, wanted)


def read(image: Image, budget_s: float) -> Result:
    """One image through the server's own steps, in this process; a refusal reads nothing."""
    begun = time.process_time()
    try:
        codes = tuple(codes_of(image.data, budget_s))
        spent_s = time.process_time() - begun
        alone = frozenset(number(each.text) for each in by_zbar(grey(image.data)))
    except Refusal:
        codes, spent_s, alone = (), time.process_time() - begun, frozenset()
    return Result(image, codes, alone, spent_s * 1000)


def number(text: str) -> str:
    """A text as it is compared: a GTIN-12 is a GTIN-13 too, and a VIN may begin with an I."""
    plain = text.strip()
    if plain.isascii() and plain.isdigit() and len(plain) in (12, 13):
        return plain.zfill(13)
    return plain.removeprefix("I")


def summary(results: list[Result], *, per_code: bool) -> dict[str, Any]:
    """The figures; `wrong_accepted` counts accepted facts that are not on the image.

    On an image of a folder only one code is known: another one is wrong when that one is not read.
    """
    wanted = [(one, each) for one in results for each in one.image.wanted]
    found = [each for one, each in wanted if number(each.text) in texts(one.codes)]
    alone = [each for one, each in wanted if number(each.text) in one.zbar]
    facts, accepted = list(typed(results)), list(accepted_of(results))
    times = sorted(one.cpu_ms for one in results)
    return {
        "images": len(results),
        "read": len(found),
        "read_rate": rate(len(found), len(wanted)),
        "read_rate_by_format": by_format(found, [each for _, each in wanted]),
        "read_rate_pyzbar_alone": rate(len(alone), len(wanted)),
        "accepted": len(accepted),
        "accepted_rate": rate(len(accepted), len(facts)),
        "wrong_accepted": sum(is_wrong(one, code, strict=per_code) for one, code in accepted),
        "p50_cpu_ms": round(statistics.median(times), 1),
        "p95_cpu_ms": round(times[int(len(times) * 0.95)], 1),
        "label_identified": identified(results),
    }


def texts(codes: Iterable[Code]) -> set[str]:
    """What was read, as it is compared."""
    return {number(code.text) for code in codes}


def typed(results: list[Result]) -> Iterator[tuple[Result, Code]]:
    """Every code read that states a fact."""
    for one in results:
        for code in one.codes:
            facts = facts_of(code.text, code.symbology, HOST)
            if any(fact.kind is not FactKind.TEXT for fact in facts):
                yield one, code


def accepted_of(results: list[Result]) -> Iterator[tuple[Result, Code]]:
    """Those of them that no person would be asked about."""
    for one, code in typed(results):
        facts = facts_of(code.text, code.symbology, HOST)
        if any(may_accept(fact, len(code.readers)) for fact in facts):
            yield one, code


def is_wrong(one: Result, code: Code, *, strict: bool) -> bool:
    """Whether what was accepted is not there."""
    known = {number(each.text) for each in one.image.wanted}
    return number(code.text) not in known and (strict or not known & texts(one.codes))


def by_format(found: list[Wanted], wanted: list[Wanted]) -> dict[str, float | None]:
    """The read rate of each format."""
    read_of = Counter(each.format for each in found)
    all_of = Counter(each.format for each in wanted)
    return {name: rate(read_of[name], count) for name, count in sorted(all_of.items())}


def identified(results: list[Result]) -> float | None:
    """Of the images that hold an identity, the share of which one was read."""
    held = [one for one in results if any(each.is_identity for each in one.image.wanted)]
    named = [
        one
        for one in held
        if any(e.is_identity and number(e.text) in texts(one.codes) for e in one.image.wanted)
    ]
    return rate(len(named), len(held))


def rate(part: int, whole: int) -> float | None:
    """A share in four digits; none of nothing."""
    return round(part / whole, 4) if whole else None


def main() -> None:
    """Print what was accepted though it is not there, then the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.vision")
    parser.add_argument("--images", type=Path)
    parser.add_argument("--synthetic", type=int, default=315)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget-ms", type=float, default=BUDGET_S * 1000)
    asked = parser.parse_args()
    budget_s = asked.budget_ms / 1000 or math.inf
    if asked.images is not None and not (asked.images / "manifest.jsonl").exists():
        print(f"vision: SKIPPED, {asked.images} has no manifest.jsonl")
        print(json.dumps({"bench": "vision", "skipped": True}))
        return
    images = of_folder(asked.images) if asked.images else of_seed(asked.synthetic, asked.seed)
    results = [read(image, budget_s) for image in images]
    for one, code in accepted_of(results):
        if is_wrong(one, code, strict=not asked.images):
            print(f"wrong: {one.image.name}: {code}")
    print(json.dumps(summary(results, per_code=not asked.images)))


if __name__ == "__main__":
    main()
