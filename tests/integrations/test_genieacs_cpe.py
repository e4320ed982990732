"""The terminal simulator speaks TR-069 as a real ACS expects it: the ACS here asks by a script."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from backend.simulators.genieacs import xx230v
from backend.simulators.genieacs.cpe import BOOTSTRAP, CALLED, REBOOTED, Cpe

SPACES = 'xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:c="urn:dslforum-org:cwmp-1-0"'
SSID = "Device.WiFi.SSID.1.SSID"


class ScriptedAcs:
    """Answers an Inform, then asks what `script` says, then no more; `heard` is what came."""

    def __init__(self, *script: str) -> None:
        self.heard: list[str] = []
        self.cookies: list[str] = []
        self._left = [
            "<c:InformResponse><MaxEnvelopes>1</MaxEnvelopes></c:InformResponse>",
            *script,
        ]

    def next(self, body: str, cookie: str) -> str:
        """What is answered to a message."""
        self.heard.append(body)
        self.cookies.append(cookie)
        if not self._left:
            return ""
        content = self._left.pop(0)
        number = f"<c:ID>{len(self.heard)}</c:ID>"
        return (
            f"<e:Envelope {SPACES}><e:Header>{number}</e:Header><e:Body>{content}</e:Body>"
            "</e:Envelope>"
        )

    @contextmanager
    def served(self) -> Iterator[str]:
        """Listen on a free port; gives the URL."""
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                answer = script.next(body, self.headers.get("Cookie", "")).encode()
                self.send_response(200 if answer else 204)
                self.send_header("Set-Cookie", "session=abc; Path=/")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def session(*script: str) -> tuple[ScriptedAcs, Cpe]:
    """One session in which the ACS asks what a script says."""
    acs = ScriptedAcs(*script)
    with acs.served() as url:
        cpe = Cpe(xx230v(), url)
        cpe.session(BOOTSTRAP)
    return acs, cpe


def texts(message: str, name: str) -> list[str]:
    """Every text of a local name in a message."""
    root = ElementTree.fromstring(message)  # noqa: S314  (our own)
    return [each.text or "" for each in root.iter() if each.tag.rpartition("}")[2] == name]


def get(*names: str) -> str:
    """A GetParameterValues."""
    strings = "".join(f"<string>{name}</string>" for name in names)
    return (
        f"<c:GetParameterValues><ParameterNames>{strings}</ParameterNames></c:GetParameterValues>"
    )


def names(path: str, next_level: str) -> str:
    """A GetParameterNames."""
    asked = f"<ParameterPath>{path}</ParameterPath><NextLevel>{next_level}</NextLevel>"
    return f"<c:GetParameterNames>{asked}</c:GetParameterNames>"


def put(path: str, value: str) -> str:
    """A SetParameterValues."""
    pair = f"<ParameterValueStruct><Name>{path}</Name><Value>{value}</Value></ParameterValueStruct>"
    return f"<c:SetParameterValues><ParameterList>{pair}</ParameterList></c:SetParameterValues>"


def test_session_begins_with_an_inform_and_ends_when_nothing_is_asked() -> None:
    acs, _ = session()

    inform, empty = acs.heard
    assert texts(inform, "EventCode") == ["0 BOOTSTRAP", "1 BOOT"]
    assert texts(inform, "SerialNumber") == ["22275A7000395"]
    assert texts(inform, "ProductClass") == ["Device2"]
    assert "Device.DeviceInfo.SoftwareVersion" in texts(inform, "Name")
    assert empty == ""
    assert acs.cookies == ["", "session=abc"]


def test_names_are_told_level_by_level_and_values_below_a_partial_path() -> None:
    optical = "Device.Optical.Interface.1."
    acs, _ = session(names("Device.", "1"), names("Device.Optical.", "0"), get(optical))

    _, _, top, below, values = acs.heard
    assert "Device.WiFi." in texts(top, "Name")
    assert not [name for name in texts(top, "Name") if name.count(".") > 2]
    assert f"{optical}X_TP_GPON_Config.RXPower" in texts(below, "Name")
    assert (
        dict(zip(texts(values, "Name"), texts(values, "Value"), strict=True))[
            f"{optical}X_TP_GPON_Config.RXPower"
        ]
        == "71"
    )


def test_value_that_was_set_is_told_and_what_is_read_only_is_refused() -> None:
    acs, cpe = session(
        put(SSID, "Chez &amp; nous"),
        get(SSID, "Device.WiFi.SSID.1.Enable"),
        put("Device.DeviceInfo.UpTime", "1"),
    )

    _, _, status, told, refused = acs.heard
    assert texts(status, "Status") == ["0"]
    assert texts(told, "Value") == ["Chez & nous", "1"]
    assert texts(refused, "FaultCode") == ["9003", "9008"]
    assert cpe.terminal.model["Device.DeviceInfo.UpTime"].value == 4211


def test_what_a_terminal_does_not_know_is_a_fault_by_its_code() -> None:
    acs, _ = session(get("Device.Nope"), "<c:Download></c:Download>")

    assert [texts(each, "FaultCode") for each in acs.heard[2:]] == [["9005"], ["9000"]]


def test_reboot_is_answered_and_then_told_in_a_session_of_its_own() -> None:
    acs, cpe = session("<c:Reboot><CommandKey></CommandKey></c:Reboot>")

    assert "RebootResponse" in acs.heard[2]
    assert cpe.calls.get_nowait() == REBOOTED
    with pytest.raises(queue.Empty):
        cpe.calls.get_nowait()


def test_connection_request_is_taken_where_the_inform_says() -> None:
    cpe = Cpe(xx230v(), "http://127.0.0.1:9/")
    with cpe.listening() as url:
        told = cpe.terminal.model["Device.ManagementServer.ConnectionRequestURL"].value
        connection = HTTPConnection(urlsplit(url).netloc, timeout=5)
        connection.request("GET", "/")
        answer = connection.getresponse().status
        connection.close()

    assert (told, answer) == (url, 200)
    assert cpe.calls.get_nowait() == CALLED
