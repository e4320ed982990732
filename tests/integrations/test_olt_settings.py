"""OLTs as an operator names them: what is wrong is told before anything runs, secrets never are."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.cpe.check.engine import Engine
from backend.cpe.check.opening import opened_engine
from backend.cpe.check.source import Target
from backend.cpe.olt.client import Agent, Credentials
from backend.cpe.readings import Identity, SourceState
from backend.settings import Settings, load
from backend.simulators.olt import Huawei, OltSimulator
from backend.simulators.olt.agent import COMMUNITY
from tests.integrations.olts import SERIAL, places
from tests.rows import row

WRONG_COMMUNITY = "canary-of-a-community"


def settings(folder: Path, lines: str) -> Settings:
    """The settings of a file that names one OLT."""
    file = folder / "terrain.toml"
    file.write_text(f'[[olt]]\nname = "EST"\n{lines}\n', "utf-8")
    return load(str(file))


def at(folder: Path, place: str, community: str) -> Settings:
    """The settings that read the OLT at `host:port`, its community in a file."""
    host, _, port = place.rpartition(":")
    file = folder / "community"
    file.write_text(community, "utf-8")
    return settings(folder, f'host = "{host}"\nport = {port}\ncommunity_file = "{file}"')


@asynccontextmanager
async def running(told: Settings) -> AsyncIterator[Engine]:
    """The engine of checks with what its sources have running."""
    async with opened_engine(told) as opened:
        loops = [asyncio.ensure_future(each()) for each in opened.loops.values()]
        try:
            yield opened.engine
        finally:
            for each in loops:
                each.cancel()
            await asyncio.wait(loops)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('host = "8.8.8.8"\ncommunity_file = "c"', "internal address"),
        ('host = ""\ncommunity_file = "c"', "internal address"),
        ('host = "10.0.0.5"', "user .v3. ou / or community_file"),
        ('host = "10.0.0.5"\ncommunity_file = "c"\nuser = "u"', "user .v3. ou / or community"),
        ('host = "10.0.0.5"\nuser = "u"\nauth_file = "a"', "auth_file et / and priv_file"),
        ('host = "10.0.0.5"\ncommunity_file = "c"\nzone = "Mars"', "time zone"),
        ('host = "10.0.0.5"\ncommunity = "public"', "unknown field `community`"),
        ('host = "10.0.0.5"\ncommunity_file = "c"\nauth = "md5"', "md5"),
    ],
)
def test_a_setting_with_which_nothing_could_be_read_is_refused(
    tmp_path: Path, lines: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        settings(tmp_path, lines)


async def test_a_community_file_that_is_not_there_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="secret absent"):
        async with opened_engine(settings(tmp_path, 'host = "10.0.0.5"\ncommunity_file = "none"')):
            pass


async def test_the_engine_asks_the_olts_of_the_settings_which_are_indexed_beside_it(
    tmp_path: Path,
) -> None:
    huawei = Huawei()
    huawei.add(SERIAL, 5, 2, 7)
    agent = OltSimulator(huawei)
    answered = asyncio.Event()

    def told(answer: bytes) -> bytes:
        answered.set()
        return answer

    agent.rewrite = told
    async with agent.served() as place, running(at(tmp_path, place, COMMUNITY)) as engine:
        async with asyncio.timeout(10):
            await answered.wait()
        landed = await engine.look_up(Target(Identity(gpon_serial=SERIAL)))

    [report] = [each for each in landed.summary.sources if each.name == "olt"]
    assert (report.name, report.state) == ("olt", SourceState.OK)
    assert report.as_of_ms is not None
    assert places(landed.summary) == ["EST 0/5/2 online"]


async def test_a_community_is_in_no_error_and_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with OltSimulator(Huawei()).served() as place:
        said = at(tmp_path, place, WRONG_COMMUNITY)
        async with running(said) as engine:
            landed = await engine.look_up(Target(Identity(gpon_serial=SERIAL)))

    [report] = [each for each in landed.summary.sources if each.name == "olt"]
    assert report.detail == "timeout"
    assert "olt not indexed" in caplog.messages
    assert WRONG_COMMUNITY not in f"{landed}{caplog.text}{caplog.records}{capfd.readouterr()}{said}"


@row(26, without={"backend.cpe.olt.client.Credentials.__repr__": tuple.__repr__})
def test_credentials_are_in_no_representation() -> None:
    known = Credentials("canary-1", "terrain", "sha256", "canary-2", "aes128", "canary-3")

    assert "canary" not in f"{known!r} {Agent('10.20.0.5', 161, known)!r} {[known]}"
