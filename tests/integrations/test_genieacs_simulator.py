"""The simulator answers the recorded requests of a running GenieACS as that one did, as fast."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import pytest

from backend.simulators.genieacs import Acs, GenieAcsSimulator, Reach, Terminal, xx230v
from backend.simulators.genieacs.terminal import Parameter
from tests.integrations.virtual_time import in_virtual_time, now

RECORDED: Final = Path(__file__).parent / "fixtures" / "genieacs-nbi.txt"
XX: Final = "1C61B4-Device2-22275A7000395"
BM: Final = "202BC1-BM632w-000000"
UPTIME: Final = '{"name":"getParameterValues","parameterNames":["Device.DeviceInfo.UpTime"]}'
OPTICAL: Final = '{"name":"getParameterValues","parameterNames":["Device.Optical.Interface.1."]}'
TASK_URL: Final = f"http://acs:7557/devices/{XX}/tasks?connection_request"
# The second recording of 1.2.16 names its requests by their titles only.
SAID: Final = {
    "reboot ok": ("POST", TASK_URL, '{"name":"reboot"}'),
    "CPE black-holed (process stopped)": ("POST", TASK_URL, UPTIME),
    "CR only, black-holed": ("POST", TASK_URL, ""),
    "CPE port closed": ("POST", TASK_URL, UPTIME),
    "CR only, port closed": ("POST", TASK_URL, ""),
    "queued tasks": ("GET", "http://acs:7557/tasks/", ""),
    "delete task 6b03f4096603b833bc4e7fa6": ("DELETE", "http://acs:7557/tasks/{task}", ""),
    "delete task again": ("DELETE", "http://acs:7557/tasks/{task}", ""),
    "bad id encoding (slash)": ("POST", "http://acs:7557/devices/a%2Fb/tasks", UPTIME),
    "bad task on stable": ("POST", TASK_URL, '{"name":"getParameterValues"}'),
    "4 s after": ("GET", 'http://acs:7557/devices/?query={"_id":"' + XX + '"}&projection=_id', ""),
}
# Files and ping are no part of the simulator; two at once were recorded with the progress bar.
LEFT_OUT: Final = {"file put", "files get", "ping", "2 concurrent"}
MOVING: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z|(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])")


class Pair(NamedTuple):
    """One request and its answer; `status_line` "" when there was none."""

    part: str
    title: str
    method: str
    url: str
    body: str
    status_line: str
    total: str
    answer: str
    took_s: float


def pairs(part: str) -> list[Pair]:
    """The pairs of one part of the recording, in order."""
    text = RECORDED.read_text("utf-8").partition(f"## {part}\n")[2].partition("\n## ")[0]
    found = [_pair(part, block) for block in text.split("### ")[1:]]
    return [pair for pair in found if pair.url and pair.title not in LEFT_OUT]


def _pair(part: str, block: str) -> Pair:
    title, _, rest = block.partition("\n")
    title = title.replace("6b03f4096603b833bc4e7fa9", "6b03f4096603b833bc4e7fa6")
    curl = re.match(r"\$ curl (?P<flags>-I )?(?P<url>\S+)(?P<more>.*)\n", rest)
    method, url, body = SAID.get(title, ("", "", ""))
    if curl:
        method, url, body = _request(curl)
    head, _, answer = rest[curl.end() if curl else 0 :].partition("\n\n")
    took = re.search(r"\[(?:\d+ )?([\d.]+)s\]", rest)
    answer = answer.rpartition("\n[")[0].strip("\n")
    total = re.search(r"^total: (\d+)$", head, re.M)
    line = head.split("\n")[0] if head.startswith("HTTP") else ""
    seconds = float(took.group(1)) if took else 0.0
    return Pair(
        part, title, method, url, body, line, total.group(1) if total else "", answer, seconds
    )


def _request(curl: re.Match[str]) -> tuple[str, str, str]:
    more = curl["more"]
    body = re.search(r"(?:-d|--data-binary) (.*)$", more)
    verb = re.search(r"-X (\w+)", more)
    method = "HEAD" if curl["flags"] else verb.group(1) if verb else "GET"
    return method, curl["url"], body.group(1) if body else ""


def bm632w() -> Terminal:
    """What the second recorded terminal had of TR-098."""
    root = "InternetGatewayDevice"
    model = {
        f"{root}.DeviceInfo.UpTime": Parameter(False, False, 213138, "xsd:unsignedInt"),
        f"{root}.DeviceInfo.SoftwareVersion": Parameter(False, False, "V100R001IRQC56B017"),
        f"{root}.LANDevice.1.WLANConfiguration.1.SSID": Parameter(False, True, "old"),
    }
    return Terminal("202BC1", "BM632w", "000000", model, "Huawei")


class Recording:
    """The recorded ACS, put before each request into the state that the recording was in."""

    def __init__(self, speed: float = 1.0) -> None:
        self.acs = Acs(speed)
        self.simulator = GenieAcsSimulator(self.acs)
        self.task = ""

    def begin(self, part: str) -> None:
        """What was there before the first request of a part."""
        terminal = xx230v() if part.startswith("1.2.16") else bm632w()
        known = self.acs.add(terminal)
        if part.startswith("1.2.16"):
            known.learn(terminal.below(""), self.acs.now())
            self.acs.insert(XX, json.loads(OPTICAL))
            self.acs.serve(XX)
        else:
            known.hear(["InternetGatewayDevice.DeviceInfo.SoftwareVersion"], self.acs.now())
        if part == "1.2.16 (part 2)":
            kept = self.acs.insert(XX, json.loads(OPTICAL))
            self.task = kept["_id"]
            self.acs.serve(XX)
        if part == "1.3.0-dev (part 2)":
            terminal.refuses["reboot"] = ("9000", "Method not supported")
            terminal.refuses["refreshObject"] = ("9005", "Invalid parameter name")

    def before(self, pair: Pair) -> None:
        """What happened to the terminal before a request."""
        if pair.title == "CPE black-holed (process stopped)":
            self.acs.reach[XX] = Reach.BLACK_HOLE
        elif pair.title == "CPE port closed":
            self.acs.serve(XX)  # it had gone on meanwhile
            self.acs.reach[XX] = Reach.REFUSED
        elif pair.title == "faults" and pair.part == "1.3.0-dev (part 2)":
            self.acs.tasks.clear()

    async def replay(self, base: str, pair: Pair) -> httpx.Response | None:
        """Ask once more; None when there is no answer."""
        self.before(pair)
        url = pair.url.replace("http://acs:7557", base).replace("{task}", self.task)
        async with httpx.AsyncClient(timeout=200) as client:
            try:
                return await client.request(pair.method, url, content=pair.body or None)
            except httpx.TransportError:
                return None


def plain(body: str) -> Any:
    """A body without what no two runs share."""
    try:
        return json.loads(MOVING.sub("#", body))
    except ValueError:
        return body


def differences(pair: Pair, answer: httpx.Response | None, took_s: float) -> list[str]:
    """What differs between the recorded answer and this one."""
    if answer is None:
        return [pair.title] if pair.status_line else []
    line = f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}"
    facts = [
        (pair.status_line, line),
        (pair.total, answer.headers.get("total", "")),
        (True, abs(took_s - pair.took_s) < 1.5),
    ]
    if not pair.answer.endswith("2026-11-2\n]"):  # the recording was cut there
        facts.append((plain(pair.answer), plain(answer.text)))
    return [f"{pair.title}: {was!r} != {now!r}" for was, now in facts if was != now]


PARTS: Final = ("1.2.16 (part 1)", "1.2.16 (part 2)", "1.3.0-dev (part 1)", "1.3.0-dev (part 2)")


@pytest.mark.parametrize("part", PARTS)
def test_every_recorded_request_is_answered_as_it_was(part: str) -> None:
    @in_virtual_time
    async def replay() -> None:
        recording = Recording()
        recording.begin(part)
        found: list[str] = []
        async with recording.simulator.served() as base:
            is_up = True
            for pair in pairs(part):
                # Between two requests; the next worker comes up within 4 s.
                await asyncio.sleep(4 if pair.status_line and not is_up else 0.1)
                is_up = bool(pair.status_line)
                begun = now()
                answer = await recording.replay(base, pair)
                found += differences(pair, answer, now() - begun)

        assert not found

    replay()


def test_recording_is_whole() -> None:
    assert [len(pairs(part)) for part in PARTS] == [12, 11, 29, 12]


@pytest.mark.parametrize(
    ("reach", "in_session", "status", "seconds"),
    [
        (Reach.ANSWERS, True, "202 Task queued but not processed", (32.4, 33.5)),
        (Reach.HANGS, False, "202 Task queued but not processed", (120.0, 121.0)),
        (Reach.REFUSED, False, "202 Device is offline", (0.05, 0.1)),
        (Reach.BLACK_HOLE, False, "202 Device is offline", (2.04, 2.1)),
        (Reach.ANSWERS, False, "200 OK", (0.5, 1.9)),
    ],
)
def test_one_call_form_blocks_as_long_as_it_was_measured_to(
    reach: Reach, in_session: bool, status: str, seconds: tuple[float, float]
) -> None:
    @in_virtual_time
    async def ask() -> None:
        recording = Recording()
        recording.begin("1.2.16 (part 1)")
        recording.acs.reach[XX] = reach
        async with recording.simulator.served() as base, httpx.AsyncClient(timeout=200) as client:
            if in_session:
                recording.acs.begin_session(XX, 60)
            begun = now()

            answer = await client.post(TASK_URL.replace("http://acs:7557", base), content=UPTIME)

            took_s = now() - begun
            assert f"{answer.status_code} {answer.reason_phrase}" == status
            assert seconds[0] <= took_s <= seconds[1] + 0.1

    ask()


@in_virtual_time
async def test_speed_divides_every_wait() -> None:
    recording = Recording(speed=10)
    recording.begin("1.2.16 (part 1)")
    recording.acs.reach[XX] = Reach.HANGS
    async with recording.simulator.served() as base, httpx.AsyncClient(timeout=200) as client:
        begun = now()

        await client.post(TASK_URL.replace("http://acs:7557", base), content=UPTIME)

        assert 12 <= now() - begun < 12.2
