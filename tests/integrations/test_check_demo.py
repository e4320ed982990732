"""The demo judges light: no simulated plan or OLT names the class of its lines."""

from pathlib import Path

from backend.cpe.thresholds import limits_of, load_thresholds
from backend.demo import demo_settings


def test_every_line_of_the_demo_has_a_class(tmp_path: Path) -> None:
    settings = demo_settings(8700, str(tmp_path), "key:secret", "password")

    limits = limits_of(load_thresholds(settings.checks.thresholds_path), plan="Fibre 500")

    assert limits.optical_class == "B+"
    assert limits.rx_ont
