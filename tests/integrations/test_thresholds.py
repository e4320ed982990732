"""The file of thresholds: what it says, what an ISP may make stricter, and faults by their line."""

from importlib import resources
from pathlib import Path

import pytest

from backend.cpe.thresholds import limits_of, load_thresholds
from backend.cpe.verdict.model import CheckName, Reason, State
from backend.cpe.verdict.words import VOCABULARY
from backend.toml_file import TomlFault
from tools.phone_verdict import FOLDER, files

DEFAULT = (resources.files("backend.cpe") / "thresholds.toml").read_text("utf-8")
# Of the design: the ends of the window, then of what passes.
BANDS = {
    "B+": (-27, -8, -25, -10),
    "C+": (-28, -8, -26, -10),
    "Ext C+": (-30, -8, -26, -10),
    "N1": (-28, -9, -26, -11),
    "N2": (-28, -9, -26, -11),
    "E1": (-28, -9, -26, -11),
    "E2": (-28, -9, -26, -11),
}


def changed(folder: Path, old: str, new: str) -> Path:
    """An installation's own copy of the file."""
    assert old in DEFAULT
    copy = folder / "own.toml"
    copy.write_text(DEFAULT.replace(old, new, 1), "utf-8")
    return copy


def test_bands_of_every_class() -> None:
    found = {
        name: (*each.rx_ont.window, *each.rx_ont.good)
        for name, each in load_thresholds().classes.items()
    }

    assert found == BANDS


def test_the_isp_may_be_stricter_in_every_class(tmp_path: Path) -> None:
    own = load_thresholds(changed(tmp_path, "[site]", "[site]\nrx_ont = { pass = [-25.0, -8.0] }"))

    for name, (low, high, _, good_high) in BANDS.items():
        span = limits_of(own, optical_class=name).rx_ont
        assert span is not None
        assert (span.window, span.good) == ((low, high), (-25, good_high))


def test_the_isp_is_never_more_lenient(tmp_path: Path) -> None:
    wide = "[site]\nrx_ont = { window = [-40.0, 0.0], pass = [-40.0, 0.0] }"

    assert load_thresholds(changed(tmp_path, "[site]", wide)) == load_thresholds()


def test_a_stricter_window_holds_what_passes_too(tmp_path: Path) -> None:
    own = load_thresholds(
        changed(tmp_path, "[site]", "[site]\nrx_ont = { window = [-24.0, -12.0] }")
    )

    span = limits_of(own, optical_class="B+").rx_ont
    assert span is not None
    assert span.window == span.good == (-24, -12)


@pytest.mark.parametrize(
    ("old", "new", "line_of", "words"),
    [
        ("hot_c = 70.0", "hto_c = 70.0", "hto_c", "clé inconnue / unknown key"),
        ("hot_c = 70.0", "hot_c = 0", "hot_c", "positif / must be positive"),
        ("hot_c = 70.0", "hot_c = nan", "hot_c", "positif / must be positive"),
        ("hot_c = 70.0", 'hot_c = "70"', "hot_c", "il faut un nombre, pas du texte"),
        ("hot_c = 70.0", "hot_c = = 70", "hot_c", "TOML invalide"),
        ("default_class", "defualt_class", "defualt_class", "unknown key"),
        ('default_class = ""', 'default_class = "Z"', "default_class", "no such class: Z"),
        ("[plans]", '[plans."XGS"]\nclass = "Z"', "[plans", "aucune classe de ce nom : Z"),
        ("[-30.0, -8.0]", "[-8.0, -30.0]", "rx_ont = { window = [-8.0", "weakest first"),
        ("[-30.0, -8.0]", "[-20.0, -8.0]", "rx_ont = { window = [-20.0", "within window"),
        ("[-30.0, -8.0]", "[-300.0, -8.0]", "rx_ont = { window = [-300.0", "-45.0 to 10.0 dBm"),
        ("[-30.0, -8.0]", "[-30.0]", "rx_ont = { window = [-30.0]", "length 2"),
        ("[site]", "[site]\nrx_ont = { pass = [-9.9, -8] }", "rx_ont = { pass", "nothing passes"),
        ("[site]", "[site]\nrx_ont = { pass = [-8, -25] }", "rx_ont = { pass", "weakest first"),
    ],
)
def test_a_fault_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line_of: str, words: str
) -> None:
    copy = changed(tmp_path, old, new)
    lines = copy.read_text("utf-8").splitlines()
    line = next(at for at, each in enumerate(lines, 1) if each.startswith(line_of))

    with pytest.raises(TomlFault) as refused:
        load_thresholds(copy)

    assert f"own.toml:{line}" in str(refused.value)
    assert words in str(refused.value)


def test_every_state_check_and_reason_has_its_words() -> None:
    assert set(VOCABULARY.states) == set(State)
    assert set(VOCABULARY.checks) == set(CheckName)
    assert set(VOCABULARY.reasons) == set(Reason)


def test_every_fault_says_what_to_do() -> None:
    silent = {reason for reason, words in VOCABULARY.reasons.items() if words.todo is None}

    assert silent == {Reason.GOOD, Reason.NOT_EXPECTED, Reason.NO_LIMIT}


def test_the_phone_has_the_same_thresholds_and_words() -> None:
    for name, content in files().items():
        assert (FOLDER / name).read_bytes() == content, "python -m tools.phone_verdict"
