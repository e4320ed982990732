"""An installation may bring a profile of its own; what is wrong in it is told with its line."""

from pathlib import Path

import pytest

from backend.cpe.olt.profile import load_profile
from backend.toml_file import TomlFault

OWN = """\
name = "own"
base = "1.3.6.1.4.1.99999.1"

[index]
length = 2
onu = 1
port = [{ at = 0 }]

[columns]
serial = { oid = "1" }
rx_dbm = { oid = "2", scales = [[0.1, 0]] }
"""


def written(folder: Path, text: str) -> str:
    """The name of a file with that text."""
    file = folder / "own.toml"
    file.write_text(text, "utf-8")
    return str(file)


def test_a_file_of_the_installations_own_is_a_profile_like_the_shipped_ones(tmp_path: Path) -> None:
    profile = load_profile(written(tmp_path, OWN))

    assert profile.oid("rx_dbm", (3, 7)) == "1.3.6.1.4.1.99999.1.2.3.7"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('rx_dbm = { oid = "2",', 'rx_dbm = { oit = "2",', "own.toml:11: columns.rx_dbm.oit"),
        ("rx_dbm =", "rx_dbn =", "own.toml:11: columns.rx_dbn : aucune colonne"),
        ('oid = "1"', 'oid = "1."', "own.toml:10: columns.serial.oid : ce n'est pas un OID"),
        ("serial =", "model =", "columns : il faut la colonne serial / the column serial"),
        ("onu = 1", "onu = 2", "own.toml:4: index : au-delà"),
        ("onu = 1", "onu = '1'", "own.toml:6: index.onu : il faut un entier"),
        ('name = "own"', 'nane = "own"', "own.toml:1: nane : clé inconnue / unknown key"),
        ('base = "1.3', 'base = "x.3', "own.toml:2: base"),
        ("length = 2", "length = ", "own.toml:5 : TOML invalide"),
    ],
)
def test_a_fault_names_file_line_and_key(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    name = written(tmp_path, OWN.replace(before, after))

    with pytest.raises(TomlFault) as caught:
        load_profile(name)

    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"own\.toml : fichier absent / no such file"):
        load_profile(str(tmp_path / "own.toml"))


def test_an_unknown_profile_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=r"huawai \(huawei, nscrtv, tp-link, zte, zte-v21\)"):
        load_profile("huawai")
