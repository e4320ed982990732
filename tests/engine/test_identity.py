"""What a piece of equipment is known by, and what is looked for when a label is read."""

import pytest

from sync.identity import Identity, Tier, stated, wanted

DEVICE, JOB = "equipment/e1", "job/j1"


@pytest.mark.parametrize(
    ("path", "value", "known"),
    [
        ("serial_number", "2215-b8k0 03412", Identity(Tier.SERIAL, "2215B8K003412")),
        ("serial_number", "54504C471A2B3C4D", Identity(Tier.SERIAL, "TPLG1A2B3C4D")),
        ("mac", "10:39:4e:b5:da:90", Identity(Tier.MAC, "10394EB5DA90")),
        ("mac", "unknown", None),
        ("barcode", " SN-88/7 ", Identity(Tier.BARCODE, "SN-88/7")),
        ("serial_number", " - ", None),
        ("serial_number", "9" * 81, None),
        ("serial_number", None, None),
        ("status", "Installed", None),
    ],
)
def test_cell_of_equipment_states_an_identity(
    path: str, value: object, known: Identity | None
) -> None:
    assert stated(DEVICE, path, value) == known


def test_line_of_a_visit_states_its_serial_and_nothing_else_of_it_does() -> None:
    line = {"serial": "tplg1a2b3c4d", "action": "install"}

    assert stated(JOB, "equipment/m1", line) == Identity(Tier.SERIAL, "TPLG1A2B3C4D")
    assert stated(JOB, "serial_number", "TPLG1A2B3C4D") is None


def test_serial_is_looked_for_first_then_the_code_itself_then_the_mac() -> None:
    assert wanted("10:39:4E:B5:DA:90") == (
        Identity(Tier.SERIAL, "10394EB5DA90"),
        Identity(Tier.BARCODE, "10:39:4E:B5:DA:90"),
        Identity(Tier.MAC, "10394EB5DA90"),
    )


def test_message_of_several_facts_is_looked_for_by_its_serial_before_its_mac() -> None:
    text = "[)>\x1e06\x1d1PXX230v\x1d23S10394EB5DA90\x1dSHBMT22700048\x1e\x04"

    asked = wanted(text, "data_matrix")

    assert asked[0] == Identity(Tier.SERIAL, "HBMT22700048")
    assert asked[-1] == Identity(Tier.MAC, "10394EB5DA90")


@pytest.mark.parametrize(
    ("text", "symbology"),
    [("4006381333931", "ean_13"), ("WIFI:T:WPA;S:Maison;P:s3cret1;;", "qr_code"), ("  ", "")],
)
def test_product_and_wifi_codes_are_nobodys_identity(text: str, symbology: str) -> None:
    assert wanted(text, symbology) == ()
