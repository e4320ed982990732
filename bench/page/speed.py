"""How long a technician waits: first paint, a start without network, a tap, a photo (ms)."""

import io
from typing import Any, Final

from PIL import Image
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from bench.page.served import WAIT_MS, Served, open_day, open_ready, slow_down
from tests.e2e.proxy import Shape, Signal

COLD_STARTS: Final = 5
WARM_STARTS: Final = 20
SAVES: Final = 30
PHOTOS: Final = 5
PHOTO_PX: Final = (4000, 3000)
PHOTO_BYTES: Final = 250_000

_PAINTED: Final = """() => new Promise((done) => {
  new PerformanceObserver((list) => {
    const [first] = list.getEntriesByName('first-contentful-paint')
    if (first) done(first.startTime)
  }).observe({ type: 'paint', buffered: true })
})"""
_DRAWN: Final = """(() => {
  const look = () => requestAnimationFrame(document.querySelector('article.card h2')
    ? () => { window.drawnAt = performance.now() } : look)
  look()
})()"""
# A step shows "requis" only while the phone does not hold its tick: it goes once the tick is kept.
_SAVED: Final = """() => {
  window.saved = []
  let tapped = 0
  addEventListener('click', (event) => { tapped = event.timeStamp }, true)
  const marked = () => document.querySelectorAll('label.step em').length
  let before = marked()
  new MutationObserver(() => {
    if (marked() === before) return
    before = marked()
    window.saved.push(performance.now() - tapped)
  }).observe(document.querySelector('main'), { subtree: true, childList: true })
}"""
# From the choice of the photo until the app is handed the small JPEG.
_READY: Final = """(() => {
  window.photos = []
  let chosen = 0
  addEventListener('change', (event) => {
    if (event.target.type === 'file') chosen = performance.now()
  }, true)
  const { toBlob } = HTMLCanvasElement.prototype
  HTMLCanvasElement.prototype.toBlob = function (done, ...how) {
    const note = (blob) => {
      window.photos.push([performance.now() - chosen, blob.size])
      done(blob)
    }
    return toBlob.call(this, note, ...how)
  }
})()"""
_NO_CAMERA: Final = """navigator.mediaDevices.getUserMedia = () =>
  Promise.reject(new DOMException('refused', 'NotAllowedError'))"""


def p95(times: list[float]) -> float:
    """The time that 95 of 100 stay below."""
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]


def first_paints(served: Served, shape: Shape) -> list[float]:
    """First contentful paint of the day on a phone that has nothing of the app yet."""
    served.proxy.shape = shape
    try:
        return [_first_paint(served) for _ in range(COLD_STARTS)]
    finally:
        served.proxy.shape = Shape()


def _first_paint(served: Served) -> float:
    with served.phone() as context:
        page = context.new_page()
        slow_down(page)
        open_day(page, served.app)
        return float(page.evaluate(_PAINTED))


def warm_starts(served: Served) -> list[float]:
    """From the tap on the icon to the day's list, all connections refused."""
    with served.phone() as context:
        open_ready(context.new_page(), served.app)
        served.proxy.set(Signal.REFUSE)
        carried = len(served.proxy.exchanges)
        try:
            times = [_warm_start(context, served.app) for _ in range(WARM_STARTS)]
        finally:
            served.proxy.set(Signal.LIGHT)
    assert len(served.proxy.exchanges) == carried, "a start came from the server"  # noqa: S101
    return times


def _warm_start(context: BrowserContext, address: str) -> float:
    page = context.new_page()
    slow_down(page)
    page.add_init_script(_DRAWN)
    open_day(page, address)
    page.wait_for_function("() => window.drawnAt")
    took = float(page.evaluate("window.drawnAt"))
    page.close()
    return took


def saves(served: Served) -> list[float]:
    """From the tap on a step until the phone keeps it, without network."""
    with served.phone() as context:
        page = context.new_page()
        open_ready(page, served.app)
        page.locator("article.card a.open").first.tap()
        steps = page.locator("label.step", has=page.locator("em")).locator("input")
        boxes = [steps.nth(at).get_attribute("id") for at in range(steps.count())]
        served.proxy.set(Signal.REFUSE)
        slow_down(page)
        page.evaluate(_SAVED)
        try:
            for at in range(SAVES):
                page.locator(f"#{boxes[at % len(boxes)]}").tap()
                page.wait_for_function("(count) => window.saved.length === count", arg=at + 1)
            saved: list[float] = page.evaluate("window.saved")
            return saved
        finally:
            served.proxy.set(Signal.LIGHT)


def photos(served: Served) -> list[float]:
    """From a photo of 12 Mpx until the phone has the small one; fails when that is too heavy."""
    with served.phone() as context:
        page = context.new_page()
        page.add_init_script(_READY)
        page.add_init_script(_NO_CAMERA)
        open_ready(page, served.app)
        slow_down(page)
        times = []
        for at in range(PHOTOS):
            times.append(_take(page, _photo(at)))
    return times


def _take(page: Page, jpeg: bytes) -> float:
    page.evaluate("location.hash = '#/'")
    page.locator("article.card a.open").first.tap()
    page.get_by_role("link", name="Scanner une étiquette").tap()
    page.evaluate("window.photos = []")
    file = FilePayload(name="photo.jpg", mimeType="image/jpeg", buffer=jpeg)
    page.locator("input[type=file]").set_input_files(file)
    # It is tried smaller until it is light enough; then the app says what becomes of it.
    said = page.locator("main h2, main button").first
    expect(said).to_be_visible(timeout=WAIT_MS)
    taken: list[Any] = page.evaluate("window.photos")
    took_ms, size = taken[-1]
    assert size <= PHOTO_BYTES, f"a photo of {size} bytes"  # noqa: S101  (a bench)
    return float(took_ms)


def _photo(seed: int) -> bytes:
    """A photo as a camera makes it: soft shapes with a sensor's noise over them."""
    noise = Image.effect_noise((PHOTO_PX[0] // 8, PHOTO_PX[1] // 8), 90 + seed)
    soft = noise.resize(PHOTO_PX, Image.Resampling.BICUBIC)
    grain = Image.effect_noise(PHOTO_PX, 12)
    bands = [Image.blend(soft.rotate(90 * turn).resize(PHOTO_PX), grain, 0.4) for turn in range(3)]
    file = io.BytesIO()
    Image.merge("RGB", bands).save(file, "JPEG", quality=90)
    return file.getvalue()
