"""Pictures of every screen for `docs/screens/`, made anew.

    python -m bench.page.pictures

French in every mode of the app, English by day for the day and a visit; 390 by 844 points, of few
colours, so that each stays small.
"""

import io
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from bench.page.reach import modes, wear
from bench.page.screens import screens
from bench.page.served import Served, served

FOLDER: Final = Path(__file__).parents[2] / "docs" / "screens"
LARGEST_BYTES: Final = 60_000
COLOURS: Final = 32
_ENGLISH: Final = frozenset({"day", "visit-worked"})


def draw_all(running: Served) -> None:
    """Write each picture. Raises ValueError when one is larger than a repository should keep."""
    offered = modes(running)
    for screen in screens(running, "fr"):
        for mode in offered:
            wear(screen.page, mode)
            draw(screen.page, f"{screen.name}-fr-{mode}")
        wear(screen.page, "light")
    for screen in screens(running, "en"):
        if screen.name in _ENGLISH:
            draw(screen.page, f"{screen.name}-en-light")


def draw(page: Page, name: str, most: int = LARGEST_BYTES) -> None:
    """Write what a page shows. Raises ValueError when that takes more than `most` bytes."""
    # Chromium's own light on what was tapped fades in a fifth of a second.
    page.wait_for_timeout(250)
    with Image.open(io.BytesIO(page.screenshot(scale="css"))) as shot:
        few = shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, "PNG", optimize=True)
    if len(file.getvalue()) > most:
        raise ValueError(f"{name}: {len(file.getvalue())} bytes")
    (FOLDER / f"{name}.png").write_bytes(file.getvalue())
    print(f"{name}: {len(file.getvalue())} bytes")


def main() -> None:
    """Draw them all."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright, served(playwright) as running:
        draw_all(running)


if __name__ == "__main__":
    main()
