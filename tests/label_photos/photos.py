"""The seeded set: each template and condition in equal shares, one seed the same bytes."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tests.label_photos.conditions import CONDITIONS
from tests.label_photos.templates import TEMPLATES, Truth


class LabelPhoto(NamedTuple):
    """A JPEG, what was done to it, and every code that is on the label."""

    jpeg: bytes
    template: str
    condition: str
    codes: tuple[Truth, ...]


def label_photos(count: int, seed: int) -> Iterator[LabelPhoto]:
    """`count` photos; each of 45 pairs of template and condition comes once before any comes again.

    A photo depends on the seed and its place alone, not on how many are made.
    """
    return (label_photo(place, seed) for place in range(count))


def label_photo(place: int, seed: int) -> LabelPhoto:
    """The photo at `place` of the set of `seed`."""
    random = np.random.default_rng((seed, place))
    template, condition = kind_of(place)
    label = TEMPLATES[template](random)
    jpeg = CONDITIONS[condition](label.image, random)
    return LabelPhoto(jpeg, template, condition, label.codes)


def kind_of(place: int) -> tuple[str, str]:
    """Which template and which condition is at `place`."""
    template = list(TEMPLATES)[place % len(TEMPLATES)]
    return template, list(CONDITIONS)[place // len(TEMPLATES) % len(CONDITIONS)]
