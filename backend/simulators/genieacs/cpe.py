"""A terminal that calls an ACS by TR-069: the simulated XX230v, for a real GenieACS.

`python -m backend.simulators.genieacs.cpe --acs http://127.0.0.1:7547/` runs one until interrupted.
"""

import argparse
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

from backend.simulators.genieacs.soap import Asked, array, envelope, fault, node, read, text, value
from backend.simulators.genieacs.terminal import XX230V_SERIAL, Terminal, typed, xx230v

ACS_TIMEOUT_S: Final = 30.0
BOOTSTRAP: Final = ("0 BOOTSTRAP", "1 BOOT")
PERIODIC: Final = ("2 PERIODIC",)
CALLED: Final = ("6 CONNECTION REQUEST",)
REBOOTED: Final = ("1 BOOT", "M Reboot")
_CALL_URL: Final = "Device.ManagementServer.ConnectionRequestURL"
_INTERVAL: Final = "Device.ManagementServer.PeriodicInformInterval"
# TR-069 3.7.1.5: what every Inform tells.
_INFORMED: Final = (
    "Device.DeviceInfo.HardwareVersion",
    "Device.DeviceInfo.SoftwareVersion",
    "Device.DeviceInfo.ProvisioningCode",
    "Device.ManagementServer.ParameterKey",
    _CALL_URL,
)


class CwmpFaultError(Exception):
    """A refusal by a code of TR-069 A.5, as the fault that is sent."""


class Cpe:
    """One terminal and its ACS. `calls` holds the events of sessions that are still to be held."""

    def __init__(self, terminal: Terminal, acs: str) -> None:
        self.terminal = terminal
        self.calls: queue.SimpleQueue[tuple[str, ...]] = queue.SimpleQueue()
        self._acs = urlsplit(acs)
        self._cookie = ""
        self._methods: dict[str, Callable[[Asked], str]] = {
            "GetRPCMethods": self._get_methods,
            "GetParameterNames": self._get_names,
            "GetParameterValues": self._get_values,
            "SetParameterValues": self._set_values,
            "Reboot": self._reboot,
        }

    def session(self, events: Sequence[str]) -> None:
        """Inform the ACS of events and do what it asks until it asks no more. Raises OSError."""
        connection = HTTPConnection(self._acs.netloc, timeout=ACS_TIMEOUT_S)
        try:
            self._post(connection, envelope("1", self._inform(events)))
            asked = self._post(connection, "")
            while asked:
                asked = self._post(connection, self._answer(read(asked)))
        finally:
            connection.close()

    @contextmanager
    def listening(self, host: str = "127.0.0.1") -> Iterator[str]:
        """Take connection requests on a free port; gives the URL, which Inform tells too."""
        server = ThreadingHTTPServer((host, 0), _doorbell(lambda: self.calls.put(CALLED)))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://{host}:{server.server_port}/"
        self.terminal.set(_CALL_URL, url)
        try:
            yield url
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def run(self) -> None:
        """Boot, then hold a session for each call and each interval, for ever."""
        self.calls.put(BOOTSTRAP)
        with self.listening():
            while True:
                try:
                    events = self.calls.get(timeout=float(self.terminal.model[_INTERVAL].value))
                except queue.Empty:
                    events = PERIODIC
                self.session(events)

    def _post(self, connection: HTTPConnection, body: str) -> bytes:
        headers = {"Content-Type": 'text/xml; charset="utf-8"', "SOAPAction": ""}
        headers |= {"Cookie": self._cookie} if self._cookie else {}
        connection.request("POST", self._acs.path or "/", body.encode(), headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status not in (200, 204):
            raise OSError(f"ACS: {answer.status}")
        self._cookie = answer.headers.get("Set-Cookie", "").partition(";")[0] or self._cookie
        return content

    def _inform(self, events: Sequence[str]) -> str:
        told = self.terminal
        device = node(
            "DeviceId",
            text("Manufacturer", told.manufacturer),
            text("OUI", told.oui),
            text("ProductClass", told.product_class),
            text("SerialNumber", told.serial),
        )
        happened = [
            node("EventStruct", text("EventCode", event), text("CommandKey", ""))
            for event in events
        ]
        return node(
            "cwmp:Inform",
            device,
            array("Event", "cwmp:EventStruct", happened),
            text("MaxEnvelopes", "1"),
            text("CurrentTime", datetime.now(UTC).isoformat(timespec="seconds")),
            text("RetryCount", "0"),
            self._values(_INFORMED),
        )

    def _answer(self, asked: Asked) -> str:
        method = self._methods.get(asked.method)
        if method is None:
            return envelope(asked.number, fault(9000, "Method not supported"))
        try:
            return envelope(asked.number, node(f"cwmp:{asked.method}Response", method(asked)))
        except CwmpFaultError as refusal:
            return envelope(asked.number, str(refusal))

    def _get_methods(self, _asked: Asked) -> str:
        return array("MethodList", "xsd:string", [text("string", each) for each in self._methods])

    def _get_names(self, asked: Asked) -> str:
        """Below a partial path (one that ends in a dot, or is empty), or the path itself."""
        [path], [next_level] = asked.texts("ParameterPath"), asked.texts("NextLevel")
        stem = path.rstrip(".")
        depth = len(stem.split(".")) + 1 if stem else 1
        is_shallow = next_level.lower() in ("1", "true")
        infos = [
            self._info(each)
            for each in self._meant(path)
            if not (is_shallow and len(each.split(".")) != depth) and each != stem
        ]
        return array("ParameterList", "cwmp:ParameterInfoStruct", infos)

    def _info(self, path: str) -> str:
        parameter = self.terminal.model[path]
        name = f"{path}." if parameter.is_object else path
        writable = str(int(parameter.is_writable))
        return node("ParameterInfoStruct", text("Name", name), text("Writable", writable))

    def _get_values(self, asked: Asked) -> str:
        found = [path for name in asked.texts("string") for path in self._meant(name)]
        return self._values([path for path in found if not self.terminal.model[path].is_object])

    def _set_values(self, asked: Asked) -> str:
        """All or nothing, as TR-069 A.3.2.1 wants it."""
        pairs = list(zip(asked.texts("Name"), asked.texts("Value"), strict=True))
        model = self.terminal.model
        refused = [
            (name, 9008, "Attempt to set a non-writable parameter")
            if name in model
            else (name, 9005, "Invalid parameter name")
            for name, _ in pairs
            if name not in model or not model[name].is_writable
        ]
        if refused:
            raise CwmpFaultError(fault(9003, "Invalid arguments", refused))
        for name, told in pairs:
            self.terminal.set(name, typed(told, model[name].type))
        return text("Status", "0")

    def _reboot(self, _asked: Asked) -> str:
        self.terminal.set("Device.DeviceInfo.UpTime", 0)
        self.calls.put(REBOOTED)
        return ""

    def _values(self, paths: Sequence[str]) -> str:
        told = [(path, self.terminal.model[path]) for path in paths]
        values = [value(path, _told(each.value), each.type) for path, each in told]
        return array("ParameterList", "cwmp:ParameterValueStruct", values)

    def _meant(self, name: str) -> list[str]:
        is_partial = name.endswith(".") or not name
        found = self.terminal.below(name) if is_partial else self.terminal.matching(name)
        if not found:
            raise CwmpFaultError(fault(9005, "Invalid parameter name"))
        return found


def _told(raw: str | int | bool) -> str:
    return str(int(raw)) if isinstance(raw, bool) else str(raw)


def _doorbell(ring: Callable[[], None]) -> type[BaseHTTPRequestHandler]:
    class Doorbell(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ring()
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """The terminal has no log."""

    return Doorbell


def main() -> None:
    """Run one terminal."""
    parser = argparse.ArgumentParser(prog="cpe-simulator")
    parser.add_argument("--acs", default="http://127.0.0.1:7547/")
    parser.add_argument("--serial", default=XX230V_SERIAL)
    options = parser.parse_args()
    Cpe(xx230v(options.serial), options.acs).run()


if __name__ == "__main__":
    main()
