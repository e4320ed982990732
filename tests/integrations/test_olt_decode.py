"""What OLTs tell becomes typed values; a number that cannot be a reading is none."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from backend.cpe.olt.decode import Raw, Said, instant_ms, serial_of, summary
from backend.cpe.olt.profile import Index, load_profile, shipped
from backend.cpe.readings import Confidence, Reading, Source
from backend.simulators.olt import Chassis, Huawei, Onu, Zte
from backend.simulators.olt.chassis import date_and_time

AT_MS = 1_795_421_188_224
QUEBEC = ZoneInfo("America/Toronto")
ROW = {"huawei": (0xFA00A200, 7), "zte": (0x11010901, 7), "zte-v21": (0x10020100, 7)}
WHOLE = {"tp-link": (1, 4, 7), "nscrtv": (1, 4, 7)}


def told(profile: str, **values: Raw) -> dict[str, object]:
    """The readings of one terminal by the names of their columns, and its port."""
    index = (ROW | WHOLE)[profile]
    read = summary(Said("EST", load_profile(profile), index, values, AT_MS, QUEBEC))
    rows = [read, *read.pon, *read.optical_status]
    return {
        name: reading.value
        for row in rows
        for name in row.__struct_fields__
        if isinstance(reading := getattr(row, name), Reading)
    }


def test_a_power_has_its_raw_value_its_oid_and_the_rule_that_made_it() -> None:
    profile = load_profile("huawei")
    said = Said("EST", profile, ROW["huawei"], {"olt_rx_dbm": 8214}, AT_MS, UTC)

    [optical] = summary(said).optical_status

    assert optical.olt_rx_dbm == Reading(
        -17.86,
        Source.OLT,
        AT_MS,
        f"{profile.base}.51.1.6.{ROW['huawei'][0]}.7",
        "8214",
        "dBm",
        "raw*0.01-100",
        Confidence.DOCUMENTED,
    )


@pytest.mark.parametrize(
    ("profile", "column", "raw", "value"),
    [
        ("huawei", "rx_dbm", -1932, -19.32),
        ("huawei", "rx_dbm", 2147483647, None),
        ("huawei", "olt_rx_dbm", 8214, -17.86),
        ("huawei", "olt_rx_dbm", -1786, -17.86),
        ("huawei", "olt_rx_dbm", 2147483647, None),
        ("huawei", "supply_v", 3310, 3.31),
        ("huawei", "temperature_c", -1, -1.0),
        ("huawei", "distance_m", -1, None),
        ("huawei", "state", -1, None),
        ("huawei", "last_down_cause", 2, "los"),
        ("huawei", "last_down_cause", 13, "dying-gasp"),
        ("huawei", "last_down_cause", -1, None),
        ("huawei", "last_down_at_ms", bytes(8), None),
        ("huawei", "model", b"XX230v\0\0", "XX230v"),
        ("zte", "rx_dbm", 5340, -19.32),
        ("zte", "rx_dbm", 65036, -31.0),
        ("zte", "rx_dbm", 65535, None),
        ("zte", "olt_rx_dbm", -21070, -21.07),
        ("zte", "olt_rx_dbm", 65535000, None),
        ("zte", "olt_rx_dbm", -80000, None),
        ("zte", "last_down_cause", 9, "dying-gasp"),
        ("zte", "gpon_sn", b"1,TPLG97441B58", "TPLG97441B58"),
        ("tp-link", "rx_dbm", b"-19.32(dBm)", -19.32),
        ("tp-link", "rx_dbm", b"-19.32 dBm", -19.32),
        ("tp-link", "rx_dbm", b"N/A", None),
        ("nscrtv", "temperature_c", 4712, 47.12),
        ("nscrtv", "distance_m", 2**63, None),
    ],
)
def test_each_makers_numbers_become_the_same_units(
    profile: str, column: str, raw: Raw, value: object
) -> None:
    key = "serial" if column == "gpon_sn" else column

    assert told(profile, **{key: raw}).get(column) == value


@pytest.mark.parametrize(
    ("profile", "port"),
    [
        ("huawei", "0/5/2"),
        ("zte", "1/9/1"),
        ("zte-v21", "1/2/1"),
        ("tp-link", "1/4"),
        ("nscrtv", "1/4"),
    ],
)
def test_a_row_tells_its_port_as_the_olts_command_line_writes_it(profile: str, port: str) -> None:
    said = told(profile)

    assert (said["port"], said["onu_id"]) == (port, 7)


def test_every_shipped_profile_can_be_read_and_says_how_well_it_is_known() -> None:
    known = {name: load_profile(name).confidence for name in shipped()}

    assert known == {
        "huawei": Confidence.DOCUMENTED,
        "zte": Confidence.DOCUMENTED,
        "zte-v21": Confidence.UNCONFIRMED,
        "tp-link": Confidence.UNCONFIRMED,
        "nscrtv": Confidence.UNCONFIRMED,
    }


@given(letters=st.sampled_from(["TPLG", "HWTC", "ZTEG"]), own=st.binary(min_size=4, max_size=4))
def test_a_serial_is_one_in_every_way_of_telling_it(letters: str, own: bytes) -> None:
    octets = letters.encode() + own
    plain = f"{letters}{own.hex().upper()}"

    ways: list[Raw] = [
        octets,
        plain,
        plain.encode(),
        octets.hex(),
        octets.hex(" ").encode(),
        f"1,{plain}",
        f"{letters}-{own.hex()}",
    ]
    assert {serial_of(each) for each in ways} == {plain}


@given(dbm=st.integers(-4500, 1000), adds=st.booleans())
def test_both_ways_of_telling_what_an_olt_receives_give_the_same(dbm: int, adds: bool) -> None:
    raw = dbm + 10_000 if adds else dbm

    assert told("huawei", olt_rx_dbm=raw)["olt_rx_dbm"] == dbm / 100


@given(
    at=st.datetimes(
        datetime(2001, 1, 1),  # noqa: DTZ001  (given a zone below)
        datetime(2100, 1, 1),  # noqa: DTZ001
        timezones=st.integers(-720, 720).map(lambda each: timezone(timedelta(minutes=each))),
    )
)
def test_a_date_and_time_is_the_instant_that_it_names(at: datetime) -> None:
    at = at.replace(microsecond=0)

    assert instant_ms(date_and_time(at), UTC) == at.timestamp() * 1000


def test_a_number_that_two_scales_make_plausible_is_no_reading() -> None:
    profile = load_profile("huawei")
    column = replace(profile.columns["rx_dbm"], scales=((0.01, 0.0), (0.001, 0.0)))
    unsure = replace(profile, columns={**profile.columns, "rx_dbm": column})

    said = summary(Said("EST", unsure, ROW["huawei"], {"rx_dbm": -2000}, AT_MS, UTC))

    assert said.optical_status == ()


def test_a_time_without_offset_is_by_the_olts_own_clock() -> None:
    local = datetime(2026, 7, 1, 8, 30)  # noqa: DTZ001  (that is the point)
    meant = local.replace(tzinfo=QUEBEC).timestamp() * 1000

    assert instant_ms(date_and_time(local), QUEBEC) == meant
    assert instant_ms("2026-07-01 08:30:00", QUEBEC) == meant


@given(
    profile=st.sampled_from(sorted(ROW)),
    raw=st.one_of(st.integers(-(2**63), 2**64), st.binary(max_size=20), st.text(max_size=20)),
)
def test_whatever_an_agent_tells_is_a_reading_or_none(profile: str, raw: Raw) -> None:
    columns = load_profile(profile).columns

    said = told(profile, **dict.fromkeys(columns, raw))

    powers = [said[name] for name in ("rx_dbm", "tx_dbm", "olt_rx_dbm") if name in said]
    assert all(isinstance(each, float) and -45 <= each <= 10 for each in powers)


@pytest.mark.parametrize("chassis", [Huawei(), Huawei(adds_10000=False), Zte()])
def test_the_simulated_olts_tell_what_the_profiles_read(chassis: Chassis) -> None:
    onu = Onu("TPLG97441B58", 5, 2, 7, chassis.online)
    name = "zte" if isinstance(chassis, Zte) else "huawei"
    profile = load_profile(name)
    rows = dict(chassis.rows(onu))
    index: Index = next(iter(rows))[-2:]

    values = {
        column: raw
        for column in profile.columns
        if isinstance(raw := rows.get(_oid(profile.oid(column, index))), int | bytes)
    }
    said = summary(Said("EST", profile, index, values, AT_MS, UTC))

    assert len(values) == len(rows) == len(profile.columns)
    assert said.gpon_sn is not None
    assert said.gpon_sn.value == "TPLG97441B58"
    assert [each.rx_dbm.value for each in said.optical_status if each.rx_dbm] == [-19.32]
    assert [each.olt_rx_dbm.value for each in said.optical_status if each.olt_rx_dbm] == [-21.07]


def _oid(said: str) -> tuple[int, ...]:
    return tuple(map(int, said.split(".")))
