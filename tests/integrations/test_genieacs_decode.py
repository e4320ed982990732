"""What a terminal told becomes typed values, each with its path, its age and its raw value."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.cpe.genieacs.decode import summary
from backend.cpe.genieacs.parameter_map import MAPS, map_of
from backend.cpe.genieacs.tree import is_secret, leaves, without_secrets
from backend.cpe.readings import Confidence, Reading, Source
from backend.errors import Unavailable
from backend.simulators.genieacs import Terminal, xx230v
from backend.simulators.genieacs.terminal import Known, Parameter

AT = datetime(2026, 11, 23, 8, 6, 28, 224000, UTC)
AT_MS = 1_795_421_188_224
OPTICS = "Device.Optical.Interface.1.X_TP_GPON_Config"


def heard(terminal: Terminal) -> dict[str, Any]:
    """A document in which all of a terminal was read at AT."""
    known = Known(terminal, AT)
    known.learn(terminal.below(""), AT)
    return known.document()


def value(reading: Reading[Any] | None) -> Any:
    """What a reading says, None when there is none."""
    return reading.value if reading else None


def test_a_terminal_whose_serial_was_never_read_is_who_its_own_calls_say() -> None:
    """Found by an address that is another's, it would else pass for the one that is meant."""
    terminal = xx230v("22275A7000999")
    known = Known(terminal, AT)
    paths = terminal.below("")
    known.learn([each for each in paths if not each.endswith("DeviceInfo.SerialNumber")], AT)

    said = summary(known.document()).serial

    path = "_deviceId._SerialNumber"
    assert said == Reading("22275A7000999", Source.ONT_TR069, AT_MS, path, "22275A7000999")


def test_optical_power_has_its_raw_value_and_its_doubt() -> None:
    [optical] = summary(heard(xx230v())).optical_status

    assert optical.rx_dbm == Reading(
        -21.49,
        Source.ONT_TR069,
        AT_MS,
        f"{OPTICS}.RXPower",
        "71",
        "dBm",
        "0.1uW",
        Confidence.UNCONFIRMED,
    )
    assert [value(each) for each in (optical.tx_dbm, optical.temperature_c, optical.supply_v)] == [
        2.25,
        47.0,
        3.31,
    ]
    assert value(optical.up) is True


def test_path_that_is_not_plausible_gives_way_to_the_standard_one() -> None:
    terminal = xx230v()
    terminal.set(f"{OPTICS}.RXPower", 0)

    [optical] = summary(heard(terminal)).optical_status

    assert optical.rx_dbm is not None
    assert optical.rx_dbm.value == -21.5
    assert optical.rx_dbm.path == "Device.Optical.Interface.1.OpticalSignalLevel"


def test_leaf_that_was_never_read_is_unknown() -> None:
    terminal = xx230v()
    known = Known(terminal, AT)
    known.learn(terminal.below("Device.DeviceInfo"), AT)
    known.discover(terminal.below("Device.Optical"))

    told = summary(known.document())

    assert value(told.model) == "XX230v"
    assert told.optical_status == ()


def test_each_value_has_its_own_age() -> None:
    terminal = xx230v()
    known = Known(terminal, AT)
    known.learn(terminal.below(""), AT)
    known.learn([f"{OPTICS}.RXPower"], AT + timedelta(minutes=5))

    told = summary(known.document())

    assert told.optical_status[0].rx_dbm is not None
    assert told.firmware is not None
    assert told.optical_status[0].rx_dbm.as_of_ms - told.firmware.as_of_ms == 300_000


def test_interfaces_say_what_they_are_for() -> None:
    told = [
        (value(each.role), value(each.type), value(each.up), value(each.ip))
        for each in summary(heard(xx230v())).interface
    ]

    assert told[:4] == [
        ("wan", "ppp", True, "70.28.1.9"),
        ("lan", "ip", True, "192.168.0.1"),
        ("wan", "ip", True, "70.28.1.9"),
        ("management", "ip", True, "10.20.3.4"),
    ]
    assert [each[2] for each in told[4:]] == [True, False, False, False]


def test_vlan_is_an_interface_with_its_number() -> None:
    terminal = xx230v()
    vlan = "Device.Ethernet.VLANTermination.1"
    terminal.model[f"{vlan}.VLANID"] = Parameter(False, True, 40, "xsd:int")
    terminal.model[f"{vlan}.Status"] = Parameter(False, False, "Up")

    [found] = [each for each in summary(heard(terminal)).interface if each.vlan]

    assert (value(found.type), value(found.vlan), value(found.up)) == ("vlan", 40, True)


@pytest.mark.parametrize("with_references", [True, False])
def test_networks_have_their_radio_and_its_clients(with_references: bool) -> None:
    terminal = xx230v()
    for number in range(1, 5) if not with_references else ():
        del terminal.model[f"Device.WiFi.SSID.{number}.LowerLayers"]

    networks = summary(heard(terminal)).wifi

    assert [
        (value(each.band), value(each.ssid), value(each.channel), len(each.clients))
        for each in networks
    ] == [
        ("2.4", "Gigafibre-1234", 6, 1),
        ("2.4", "Guest", 6, 0),
        ("5", "Gigafibre-1234", 44, 1),
        ("5", "Guest5", 44, 0),
    ]
    assert value(networks[0].clients[0].rssi_dbm) == -55.0
    assert value(networks[0].clients[0].rate_mbps) == 866.0


def test_clients_are_with_the_network_of_their_radio_that_is_on() -> None:
    terminal = xx230v()
    terminal.set("Device.WiFi.SSID.1.Enable", False)
    terminal.set("Device.WiFi.SSID.2.Enable", True)

    assert [len(each.clients) for each in summary(heard(terminal)).wifi] == [0, 1, 1, 0]


def test_mesh_counts_the_devices_of_each_unit() -> None:
    told = [
        (value(each.role), value(each.backhaul), value(each.rssi_dbm), each.clients)
        for each in summary(heard(xx230v())).mesh
    ]

    assert told == [("controller", None, None, 2), ("agent", "wifi", -64.0, 2)]


def test_terminal_of_another_vendor_is_read_by_the_standard() -> None:
    terminal = xx230v()
    terminal.manufacturer = "Nokia"

    document = heard(terminal)

    kind = map_of(document, leaves(document))
    assert kind is not None
    assert kind.name == "tr-181"
    assert value(summary(document).optical_status[0].rx_dbm) == -21.5


def test_tr_098_terminal_is_read_where_its_vendor_keeps_it() -> None:
    root = "InternetGatewayDevice"
    ppp = f"{root}.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1"
    lan = f"{root}.LANDevice.1"
    model = {
        f"{root}.WANDevice.1.X_ZTE-COM_WANPONInterfaceConfig.RXPower": Parameter(False, False, 71),
        f"{ppp}.ConnectionStatus": Parameter(False, False, "Disconnected"),
        f"{ppp}.LastConnectionError": Parameter(False, False, "ERROR_AUTHENTICATION_FAILURE"),
        f"{ppp}.Password": Parameter(False, True, "hidden"),
        f"{lan}.WLANConfiguration.1.SSID": Parameter(False, True, "Chez nous"),
        f"{lan}.WLANConfiguration.1.AssociatedDevice.1.AssociatedDeviceMACAddress": Parameter(
            False, False, "aa:bb:cc:00:01:01"
        ),
    }

    told = summary(heard(Terminal("202BC1", "F660", "000001", model, "ZTE")))

    assert value(told.optical_status[0].rx_dbm) == -21.49
    [wan] = told.interface
    assert value(wan.error) == "ERROR_AUTHENTICATION_FAILURE"
    assert value(wan.up) is False
    assert value(told.wifi[0].clients[0].mac) == "AA:BB:CC:00:01:01"
    assert "hidden" not in repr(told)


def test_kind_of_terminal_that_has_no_map_is_empty() -> None:
    assert summary({"_id": "x", "VirtualParameters": {}}).interface == ()


def test_document_that_cannot_be_one_is_unavailable() -> None:
    bad = {"Device": {"DeviceInfo": {"UpTime": {"_value": 1, "_timestamp": "soon"}}}}

    with pytest.raises(Unavailable, match="unreadable"):
        summary(bad)


@pytest.mark.parametrize(
    "name",
    [
        "Device.WiFi.AccessPoint.1.Security.KeyPassphrase",
        "Device.WiFi.AccessPoint.1.Security.PreSharedKey",
        "Device.WiFi.AccessPoint.1.Security.WEPKey",
        "Device.PPP.Interface.1.Password",
        "Device.ManagementServer.ConnectionRequestPassword",
        "Device.Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthPassword",
        "Device.X_TP_GPON.PLOAMPassword",
        "Device.X_TP_GPON.Loid",
        "Device.WiFi.AccessPoint.1.WPS.PIN",
        "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.PreSharedKey.1.PreSharedKey",
    ],
)
def test_secret_is_left_out_whatever_its_name(name: str) -> None:
    assert is_secret(name)
    document: dict[str, Any] = {}
    place = document
    for part in name.split("."):
        place = place.setdefault(part, {})
    place |= {"_value": "s3cret", "_timestamp": "2026-11-23T08:06:28.224Z"}

    assert leaves(document)
    assert leaves(without_secrets(document)) == {}


def test_no_map_means_a_secret_and_what_changes_is_part_of_what_it_means() -> None:
    for each in MAPS:
        assert not [name for name in each.names if is_secret(name)]
        assert not set(each.live_names) - set(each.names)
