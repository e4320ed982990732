"""The demo's ACS knows the modems at the visits of the day, and shows three ways to find one."""

from datetime import date

from backend.cpe.genieacs.client import Nbi, open_http
from backend.cpe.genieacs.decode import summary
from backend.cpe.genieacs.live import Ending, Live
from backend.cpe.genieacs.parameter_map import everything
from backend.cpe.genieacs.tasks import lookup
from backend.cpe.readings import Identity
from backend.simulators.erpnext import demo_site
from backend.simulators.genieacs import GenieAcsSimulator, demo_acs
from tests.integrations.virtual_time import in_virtual_time

DAY = date(2026, 11, 23)
UPTIME = "Device.DeviceInfo.UpTime"


@in_virtual_time
async def test_modem_of_a_visit_is_found_by_its_equipment_and_answers_dim_or_not_at_all() -> None:
    site = demo_site(DAY)
    serials = {row["serial_number"] for row in site.database.rows("Service Equipment")}
    acs = demo_acs(site, DAY)
    async with GenieAcsSimulator(acs).served() as url, open_http(url) as http:
        nbi, endings, dim = Nbi(http), [], []
        for known in acs.devices.values():
            assert known.terminal.serial in serials
            [device] = await nbi.devices(lookup(Identity(serial=known.terminal.serial), ()))
            endings.append((await Live(nbi).read(device.id, [UPTIME])).ending)
            [optical] = summary(await nbi.document(device.id, everything())).optical_status
            dim.append(optical.rx_dbm is not None and optical.rx_dbm.value < -27)

    assert len(endings) >= 3
    assert endings[0] is Ending.DONE
    assert endings[-2:] == [Ending.OFFLINE, Ending.DONE]
    assert dim == [False] * (len(dim) - 1) + [True]
