"""The steps that read a photo's codes, by photos that the first steps cannot read."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter
from zxingcpp import BarcodeFormat

from backend.vision.decoders import by_zbar, by_zxing
from backend.vision.ladder import Code, read_codes
from tests.label_photos.conditions import CONDITIONS
from tests.label_photos.photos import kind_of, label_photo
from tests.label_photos.templates import TEMPLATES
from tests.labels import code, sheet

SERIAL = "ZTEG4F5A0ED5"


def askew(degrees: float) -> Image.Image:
    """A label with one code, held askew before a grey wall."""
    label = sheet(code(SERIAL))
    wall = Image.new("L", (900, 700), 110)
    turned = label.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    mask = Image.new("L", label.size, 255).rotate(degrees, expand=True)
    wall.paste(turned, (100, 100), mask)
    return wall


def grainy(photo: Image.Image, sigma: float) -> Image.Image:
    """The photo in little light."""
    grain = np.random.default_rng(5).normal(0, sigma, (photo.height, photo.width))
    return Image.fromarray(np.clip(np.asarray(photo) * 0.4 + 60 + grain, 0, 255).astype(np.uint8))


def texts(codes: list[Code]) -> set[str]:
    """What was read."""
    return {each.text for each in codes}


def test_code_held_askew_is_read() -> None:
    photo = askew(34)
    assert not [*by_zbar(photo), *by_zxing(photo)]

    assert texts(read_codes(photo, lambda: True)) == {SERIAL}


def test_code_in_grain_is_read() -> None:
    photo = grainy(askew(20), 20)
    assert not [*by_zbar(photo), *by_zxing(photo)]

    assert texts(read_codes(photo, lambda: True)) == {SERIAL}


def test_code_out_of_focus_is_read() -> None:
    photo = askew(3).filter(ImageFilter.GaussianBlur(1.9))
    assert not [*by_zbar(photo), *by_zxing(photo)]

    assert texts(read_codes(photo, lambda: True)) == {SERIAL}


def test_code_that_moved_while_the_shutter_was_open_is_read() -> None:
    photo = askew(0).filter(ImageFilter.BoxBlur((6, 0)))
    assert not [*by_zbar(photo), *by_zxing(photo)]

    assert texts(read_codes(photo, lambda: True)) == {SERIAL}


def test_without_time_the_photo_is_still_shown_to_both_decoders() -> None:
    readers = [each.readers for each in read_codes(sheet(code(SERIAL)), lambda: False)]

    assert readers == [("zbar/photo", "zxing/photo")]


def test_without_time_no_further_step_is_taken() -> None:
    assert read_codes(askew(34), lambda: False) == []


def test_code_that_one_decoder_reads_is_looked_at_until_another_step_agrees() -> None:
    photo = askew(8).resize((405, 315), Image.Resampling.BOX)
    assert len({each.decoder for each in (*by_zbar(photo), *by_zxing(photo))}) == 1

    [found] = read_codes(photo, lambda: True)

    assert (found.text, found.readers[:2]) == (SERIAL, ("zbar/photo", "zxing/strip"))


def test_code_of_squares_that_one_decoder_knows_is_looked_at_again_smaller() -> None:
    photo = sheet(code(SERIAL, BarcodeFormat.DataMatrix, scale=6))

    assert read_codes(photo, lambda: True) == [
        Code(SERIAL, "data_matrix", ("zxing/photo", "zxing/half"))
    ]


@pytest.mark.parametrize(("text", "read"), [("2167361334", {"2167361334"}), ("216736", set())])
def test_itf_held_askew_is_read_whole_or_not_at_all(text: str, read: set[str]) -> None:
    photo = sheet(code(text, BarcodeFormat.ITF)).rotate(40, expand=True, fillcolor=255)

    assert texts(read_codes(photo, lambda: True)) == read


def test_nothing_is_read_where_there_is_no_code() -> None:
    assert read_codes(grainy(Image.new("L", (900, 700), 128), 40), lambda: True) == []


def test_image_of_a_few_pixels_is_no_trouble() -> None:
    assert read_codes(Image.new("L", (3, 2), 128), lambda: True) == []


def test_generated_photo_is_the_same_for_the_same_seed_and_place() -> None:
    assert label_photo(7, seed=3) == label_photo(7, seed=3)
    assert label_photo(7, seed=3).jpeg != label_photo(7, seed=4).jpeg


def test_generated_set_has_each_template_under_each_condition_once() -> None:
    count = len(TEMPLATES) * len(CONDITIONS)

    assert len({kind_of(place) for place in range(count)}) == count


@pytest.mark.parametrize("place", range(5), ids=list(TEMPLATES))
def test_every_code_of_a_clean_generated_label_is_on_it(place: int) -> None:
    photo = label_photo(place, seed=1)
    assert photo.condition == "clean"
    image = Image.open(io.BytesIO(photo.jpeg)).convert("L")

    found = {(each.text, each.symbology) for each in by_zxing(image)}

    assert found == {(truth.text, truth.symbology) for truth in photo.codes}
