"""The ISP's own stickers, as an operator names their host: wrong ones are told, ours are read."""

from pathlib import Path

import pytest
from zxingcpp import BarcodeFormat

from backend.installation import Installation, now_ms
from backend.settings import LabelSettings, Settings, load
from tests.labels import code, saved, sheet

STICKER = "https://q.isp.example/q/10394EB5DA90"


@pytest.mark.parametrize(
    "host",
    ["https://q.isp.example", "q.isp.example/q", "moi@q.isp.example", "q isp", "q..isp"],
)
def test_host_of_stickers_that_is_no_host_name_is_told(tmp_path: Path, host: str) -> None:
    file = tmp_path / "terrain.toml"
    file.write_text(f'[labels]\nsticker_host = "{host}"\n', "utf-8")

    with pytest.raises(ValueError, match=r"sticker_host : .* / host name alone.*labels"):
        load(str(file))


async def test_installation_reads_the_mac_off_its_own_stickers(tmp_path: Path) -> None:
    labels = LabelSettings(sticker_host="q.isp.example")
    installation = Installation(Settings(data=str(tmp_path), labels=labels), now_ms)
    photo = saved(sheet(code(STICKER, BarcodeFormat.QRCode)))

    async with installation.lifespan(None):
        label = await installation.reader.read(photo)

    assert [(each.type, each.value) for each in label.codes] == [("url", "10394EB5DA90")]
