"""Retail codes that only the fit of their shapes can read, and what it must not read."""

import numpy as np
import pytest
from PIL import Image, ImageFilter
from zxingcpp import BarcodeFormat

from backend.vision.ladder import Code, read_codes
from backend.vision.retail import best_code, margin_of, modules_of, shapes_of
from backend.vision.rivals import margin
from backend.vision.shapes import Fit, fitted
from tests.labels import code, sheet

BOOK = "9780306406157"
TIN = "036000291452"


def small(label: Image.Image, module: float, blur: float) -> Image.Image:
    """The label with `module` pixels a module, out of focus by `blur` modules."""
    scale = module / 4
    size = round(label.width * scale), round(label.height * scale)
    photo = label.resize(size, Image.Resampling.BOX)
    return photo.filter(ImageFilter.GaussianBlur(blur * module))


def retail(text: str, form: BarcodeFormat = BarcodeFormat.EAN13) -> Image.Image:
    """A label with one code, four pixels a module, as high as a product's."""
    drawn = code(text, form, scale=4)
    return sheet(drawn.resize((drawn.width, 260)))


def read(photo: Image.Image) -> list[Code]:
    """All that the ladder reads."""
    return read_codes(photo, lambda: True)


@pytest.mark.parametrize("blur", [1.2, 1.4])
@pytest.mark.parametrize(
    ("text", "form", "symbology"),
    [(BOOK, BarcodeFormat.EAN13, "ean_13"), (TIN, BarcodeFormat.UPCA, "upc_a")],
)
def test_retail_code_far_out_of_focus_is_read(
    text: str, form: BarcodeFormat, symbology: str, blur: float
) -> None:
    photo = small(retail(text, form), 2.2, blur)

    assert read(photo) == [Code(text, symbology, ("terrain/shapes",))]


@pytest.mark.parametrize("degrees", [7, 180])
def test_it_is_read_askew_and_upside_down(degrees: float) -> None:
    label = retail(BOOK).rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)

    assert [each.text for each in read(small(label, 2.2, 1.4))] == [BOOK]


def test_what_has_no_right_check_digit_is_never_read() -> None:
    label = retail(BOOK)
    other = retail(TIN, BarcodeFormat.UPCA)
    half = label.width // 2
    label.paste(other.crop((half, 0, other.width, other.height)), (half, 0))

    assert read(small(label, 2.2, 1.4)) == []


def test_strips_that_do_not_agree_are_no_code() -> None:
    label = retail(BOOK)
    other = retail("9780306406164")
    middle = label.height // 2
    label.paste(other.crop((0, middle, other.width, other.height)), (0, middle))

    assert read(small(label, 2.2, 1.4)) == []


def test_another_symbology_out_of_focus_is_no_retail_code() -> None:
    label = sheet(code("ZTEG4F5A0ED5", scale=4).resize((500, 260)))

    assert read(small(label, 2.2, 1.5)) == []


def test_a_label_that_has_another_code_is_not_asked_for_shapes() -> None:
    label = Image.new("L", (700, 900), "white")
    label.paste(code("ZTEG4F5A0ED5"), (40, 40))
    label.paste(small(retail(BOOK), 2.2, 1.4), (40, 400))

    assert [each.text for each in read(label)] == ["ZTEG4F5A0ED5"]


def test_the_best_code_has_a_right_check_digit_and_knows_the_next_one() -> None:
    costs = np.ones((12, 20))
    costs[range(12), shapes_of(BOOK)] = 0
    costs[11, 4] = -0.5  # 4 looks better than 7 for the check digit, and is not valid

    assert best_code(costs) == BOOK
    assert margin_of(costs, BOOK) == 0.5  # another digit, and 4


def test_code_of_two_wrong_digits_has_no_margin_over_the_right_one() -> None:
    wrong = "9780306416156"
    bars = np.repeat(np.pad(modules_of(shapes_of(BOOK)), 12), 6).astype(float)
    row = np.convolve(bars, np.full(9, 1 / 9), "same")
    row = (row - row.mean()) / row.std()
    fit = Fit(wrong, np.array([357.0, 285, 0, 0]), 0.7, np.zeros((12, 20)), is_settled=True)
    sure = fitted(row, fit._replace(text=BOOK), range(3))

    assert margin(row, sure) > 1
    assert margin(row, fit) < -0.5
