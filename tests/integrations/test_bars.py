"""Where the bars of linear codes are: by the golden pictures that the phone looks at as well."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from backend.vision import bars, strips
from backend.vision.bars import Bars, find_bars
from backend.vision.strips import bands_of, upright

VECTORS = Path(__file__).parents[2] / "sync" / "vectors" / "bars.json"
GOLDEN: dict[str, Any] = json.loads(VECTORS.read_text("utf-8"))
WITHIN = GOLDEN["within"]
PICTURES = pytest.mark.parametrize("case", GOLDEN["pictures"], ids=lambda case: case["name"])


def drawn(case: dict[str, Any]) -> Image.Image:
    """Dark and light bars of one width on light paper."""
    y, x = np.mgrid[: case["height"], : case["width"]].astype(np.float64)
    levels = np.full(x.shape, 200, np.uint8)
    for code in case["codes"]:
        c, s = np.cos(np.radians(code["degrees"])), np.sin(np.radians(code["degrees"]))
        across = (x - code["x"]) * c + (y - code["y"]) * s + code["length"] / 2
        along = (y - code["y"]) * c - (x - code["x"]) * s
        inside = (across >= 0) & (across < code["length"]) & (abs(along) < code["height"] / 2)
        levels[inside & (across // code["bar"] % 2 == 0)] = 30
    return Image.fromarray(levels)


def changes(photo: Image.Image, found: Bars) -> int:
    """How often dark and light change places along a strip of the bars."""
    row = bands_of(photo, upright(photo, found), 1).mean(0)
    return int(np.count_nonzero(np.diff(row > (row.min() + row.max()) / 2)))


@PICTURES
def test_bars_are_found_where_they_are(case: dict[str, Any]) -> None:
    found = find_bars(drawn(case))

    assert len(found) == len(case["found"])
    for each, golden in zip(found, case["found"], strict=True):
        middle = np.hypot(each.x - golden["x"], each.y - golden["y"])
        size = np.hypot(each.length - golden["length"], each.height - golden["height"])
        assert max(middle, size) <= WITHIN["pixels"]
        assert abs(np.degrees(each.angle) - golden["degrees"]) <= WITHIN["degrees"]


@PICTURES
def test_strip_has_every_bar(case: dict[str, Any]) -> None:
    photo = drawn(case)

    for each, code in zip(find_bars(photo), case["codes"], strict=True):
        bars_there = code["length"] / code["bar"]
        assert abs(changes(photo, each) - bars_there) <= WITHIN["changes"]


@pytest.mark.parametrize("name", GOLDEN["constants"])
def test_the_constants_are_those_of_the_phone(name: str) -> None:
    module = {"bars": bars, "strips": strips}[name]

    held = GOLDEN["constants"][name]
    assert {constant: getattr(module, constant) for constant in held} == held
