"""What a hand, a basement and a cheap camera do to the photo of a label.

Each condition takes the label and a generator of chance, and gives the photo's file. Severities are
those of physical causes (angles, radii, grains), not of any decoder.
"""

import io
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Random = np.random.Generator
Grey = NDArray[np.float32]

WIDTH: Final = 2000
HEIGHT: Final = 1500
# Distance of the lens in widths of the frame: a phone's main camera sees about 65 degrees.
LENS: Final = 0.8


class Pose(NamedTuple):
    """How the label lies before the camera: degrees, and the share of the frame that it fills."""

    roll: float
    pitch: float
    yaw: float
    fill: float


def clean(label: Image.Image, random: Random) -> bytes:
    """A steady hand, good light."""
    return _jpeg(_grain(_scene(label, _hand(random), random), 2, random), 90)


def jpeg30(label: Image.Image, random: Random) -> bytes:
    """Sent by a messenger that compresses hard."""
    return _jpeg(_grain(_scene(label, _hand(random), random), 2, random), 30)


def perspective(label: Image.Image, random: Random) -> bytes:
    """Taken from the side, 30 degrees off in one or both directions."""
    pitch, yaw = (float(random.choice((-30, 0, 30))) for _ in range(2))
    pose = _hand(random)._replace(pitch=pitch or 30.0, yaw=yaw)
    return _jpeg(_grain(_scene(label, pose, random), 2, random), 90)


def glare(label: Image.Image, random: Random) -> bytes:
    """A lamp mirrored in the plastic: a soft white spot somewhere on the label."""
    scene = _scene(label, _hand(random), random)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    y, x = HEIGHT * random.uniform(0.3, 0.7), WIDTH * random.uniform(0.25, 0.75)
    tall, wide = HEIGHT * random.uniform(0.06, 0.16), WIDTH * random.uniform(0.05, 0.14)
    spot = 330 * np.exp(-(((rows - y) / tall) ** 2) - ((columns - x) / wide) ** 2)
    return _jpeg(_grain(scene + spot.astype(np.float32), 2, random), 90)


def thumbnail(label: Image.Image, random: Random) -> bytes:
    """The small copy that a gallery or a ticket keeps: 640 pixels wide."""
    scene = _grain(_scene(label, _hand(random), random), 2, random)
    small = _image(scene).resize((640, 480), Image.Resampling.BOX)
    return _jpeg(np.asarray(small, np.float32), 80)


def low_light(label: Image.Image, random: Random) -> bytes:
    """A cupboard: little light, so grain and a dull contrast."""
    scene = _scene(label, _hand(random), random) * random.uniform(0.25, 0.5)
    return _jpeg(_grain(scene + 20, random.uniform(10, 18), random), 80)


def defocus(label: Image.Image, random: Random) -> bytes:
    """Too near for the lens: every point is a disc of 5 to 9 pixels across."""
    scene = _scene(label, _hand(random), random)
    return _jpeg(_grain(_disc(scene, random.uniform(2.5, 4.5)), 2, random), 90)


def motion(label: Image.Image, random: Random) -> bytes:
    """A hand that moved by 8 to 24 pixels while the shutter was open, in any direction."""
    scene = _scene(label, _hand(random), random)
    return _jpeg(_grain(_streak(scene, random), 2, random), 90)


def mixed(label: Image.Image, random: Random) -> bytes:
    """All of it a little, and held askew."""
    roll, pitch, yaw = random.uniform(-40, 40), random.uniform(-20, 20), random.uniform(-20, 20)
    scene = _scene(label, Pose(roll, pitch, yaw, random.uniform(0.5, 0.75)), random)
    dim = _disc(scene, random.uniform(1, 1.8)) * random.uniform(0.5, 0.9)
    return _jpeg(_grain(dim, random.uniform(4, 8), random), 50)


CONDITIONS: Final[dict[str, Callable[[Image.Image, Random], bytes]]] = {
    "clean": clean,
    "jpeg30": jpeg30,
    "perspective": perspective,
    "glare": glare,
    "thumbnail": thumbnail,
    "low-light": low_light,
    "defocus": defocus,
    "motion": motion,
    "mixed": mixed,
}


def _hand(random: Random) -> Pose:
    """As one holds a phone when one takes care: a little turned, the label half the frame."""
    roll, pitch, yaw = random.normal(0, 5), random.normal(0, 4), random.normal(0, 4)
    return Pose(roll, pitch, yaw, random.uniform(0.4, 0.7))


def _scene(label: Image.Image, pose: Pose, random: Random) -> Grey:
    """The label before a dull, uneven background, with the blur that every lens has."""
    rough = random.uniform(60, 150, (6, 8)).astype(np.uint8)
    ground = Image.fromarray(rough).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    corners = _corners(label.size, pose)
    size, how = (WIDTH, HEIGHT), Image.Transform.PERSPECTIVE
    terms = _homography(corners, label.size)
    seen = label.transform(size, how, terms, Image.Resampling.BICUBIC)
    mask = Image.new("L", label.size, 255).transform(size, how, terms)
    ground.paste(seen, mask=mask)
    return _disc(np.asarray(ground, np.float32), 1.0)


def _corners(size: tuple[int, int], pose: Pose) -> NDArray[np.float64]:
    """Where the label's four corners are in the frame, its middle in the frame's."""
    wide, tall = 1.0, size[1] / size[0]
    flat = np.array([[-wide, -tall, 0], [wide, -tall, 0], [wide, tall, 0], [-wide, tall, 0]]) / 2
    turned = flat @ _rotation(pose).T
    lens = LENS * 2
    seen = turned[:, :2] * (lens / (lens + turned[:, 2:]))
    extent = np.ptp(seen, axis=0)
    scale = pose.fill * min(WIDTH / extent[0], HEIGHT / extent[1])
    return np.asarray((seen - (seen.max(0) + seen.min(0)) / 2) * scale + (WIDTH / 2, HEIGHT / 2))


def _rotation(pose: Pose) -> NDArray[np.float64]:
    """Pitch, then yaw, then roll."""
    a, b, c = np.radians((pose.roll, pose.pitch, pose.yaw))
    roll = [[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]]
    pitch = [[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]]
    yaw = [[np.cos(c), 0, np.sin(c)], [0, 1, 0], [-np.sin(c), 0, np.cos(c)]]
    return np.array(roll) @ np.array(yaw) @ np.array(pitch)


def _homography(corners: NDArray[np.float64], size: tuple[int, int]) -> tuple[float, ...]:
    """The eight terms with which Pillow finds, for a point of the frame, that of the label."""
    flat = [(0, 0), (size[0], 0), (size[0], size[1]), (0, size[1])]
    rows, wanted = [], []
    for (x, y), (u, v) in zip(corners, flat, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    return tuple(float(term) for term in np.linalg.solve(np.array(rows), np.array(wanted)))


def _disc(scene: Grey, radius: float) -> Grey:
    """The blur of a lens out of focus: the mean over a disc of `radius` pixels, its rim in part."""
    reach = int(np.ceil(radius))
    ys, xs = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    weights = np.clip(radius + 0.5 - np.hypot(ys, xs), 0, 1)
    points = zip(ys.flat, xs.flat, weights.flat, strict=True)
    taps = [(int(y), int(x), float(w)) for y, x, w in points if w > 0]
    return _spread(scene, taps)


def _streak(scene: Grey, random: Random) -> Grey:
    """The mean along a straight line."""
    length, angle = random.uniform(8, 24), random.uniform(0, np.pi)
    steps = np.linspace(-length / 2, length / 2, int(length * 2))
    return _spread(
        scene, [(round(s * np.sin(angle)), round(s * np.cos(angle)), 1.0) for s in steps]
    )


def _spread(scene: Grey, taps: list[tuple[int, int, float]]) -> Grey:
    """The weighted mean of shifted copies."""
    total = np.zeros_like(scene)
    for y, x, weight in taps:
        total += np.float32(weight) * np.roll(scene, (y, x), (0, 1))
    return total / np.float32(sum(weight for _, _, weight in taps))


def _grain(scene: Grey, sigma: float, random: Random) -> Grey:
    return scene + random.standard_normal(scene.shape, np.float32) * np.float32(sigma)


def _image(scene: Grey) -> Image.Image:
    return Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8))


def _jpeg(scene: Grey, quality: int) -> bytes:
    file = io.BytesIO()
    _image(scene).save(file, "JPEG", quality=quality)
    return file.getvalue()
