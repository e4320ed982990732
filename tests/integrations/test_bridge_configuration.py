"""What stops the bridge at its start, and which credential a modem is asked with."""

from ipaddress import ip_address
from pathlib import Path

import msgspec
import pytest

from backend.modem_bridge.credentials import Credential, credential_for, read_credentials
from backend.modem_bridge.hosts import modem_address, networks_of
from backend.modem_bridge.trouble import TOLD, Kind, Trouble
from backend.settings import BridgeSettings
from tests.rows import row


@pytest.mark.parametrize(
    "network",
    [
        "0.0.0.0/0",
        "127.0.0.0/8",
        "127.0.0.1/32",
        "169.254.0.0/16",
        "::/0",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "2002::/16",
        "fe80::/64",
        "x",
    ],
)
def test_network_that_holds_other_machines_is_refused_at_the_start(network: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        networks_of([network], simulated=True)


def test_simulated_modems_are_of_the_demo_alone() -> None:
    assert networks_of(["127.64.0.0/24"], simulated=True)

    with pytest.raises(ValueError, match="question"):
        networks_of(["127.64.0.0/24"], simulated=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "8.8.8.8", "bridge.example.ca"])  # noqa: S104
def test_bridge_listens_on_an_internal_address_alone(host: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        BridgeSettings(host=host)


def test_credential_of_the_narrowest_network_and_of_the_model_wins() -> None:
    def entry(name: str, network: str, *models: str) -> Credential:
        return Credential(name, "password", (network,), models=models)

    known = [entry("wide", "10.0.0.0/8"), entry("near", "10.20.0.0/16")]
    known.append(entry("model", "10.20.0.0/16", "XX530v"))

    def chosen(address: str, model: str = "") -> str:
        return credential_for(known, ip_address(address), model).name

    assert chosen("10.1.0.1") == "wide"
    assert chosen("10.20.0.1", "XX230v") == "near"
    assert chosen("10.20.0.1", "XX530v") == "model"
    with pytest.raises(Trouble) as told:
        chosen("192.168.0.1")
    assert told.value.kind is Kind.NO_CREDENTIAL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[credential",
        '[[credential]]\nname = "a"\npassword = "hidden"',
        '[[credential]]\nname = "a"\npassword = "hidden"\nnetworks = ["10.0.0.0/99"]',
        '[[credential]]\nname = "a"\npassword = "hidden"\nnetworks = []\ncolour = "red"',
        '[[credential]]\nname = "a"\npassword = ""\nnetworks = []',
    ],
)
def test_fault_in_the_credentials_names_the_file_and_no_password(tmp_path: Path, text: str) -> None:
    file = tmp_path / "credentials.toml"
    file.write_text(text, "utf-8")

    with pytest.raises(ValueError, match=r"credentials\.toml") as told:
        read_credentials(str(file))

    assert "hidden" not in str(told.value)


@row(25, without={"backend.modem_bridge.credentials.Credential.__repr__": msgspec.Struct.__repr__})
def test_password_is_in_no_representation() -> None:
    assert "hidden" not in repr([Credential("a", "hidden", ("10.0.0.0/8",))])


def test_every_kind_of_trouble_has_its_words_in_both_languages() -> None:
    assert set(TOLD) == set(Kind)
    assert all(words for told in TOLD.values() for words in (*told.fr, *told.en))


def test_unknown_setting_is_an_error() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"colour": "red"}, BridgeSettings)


def test_an_address_with_a_scope_is_no_modem() -> None:
    """A scope names one of our own interfaces, and is text that a caller chose."""
    networks = networks_of(["fd00::/8"], simulated=False)
    assert modem_address("fd00::1", networks)

    with pytest.raises(Trouble):
        modem_address("fd00::1%lo", networks)
