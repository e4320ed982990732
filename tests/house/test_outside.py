"""The stand-in for the internet of the browser's tests leaves nothing behind for other tests."""

import gc
import socket

from tests.e2e.phone import Outside
from tests.e2e.processes import HOST


def test_whoever_is_still_connected_at_its_end_is_hung_up_on() -> None:
    outside = Outside()
    with connected(outside) as silent, connected(outside) as asking:
        asking.sendall(b"CONNECT www.example.ca:443 HTTP/1.1\r\n")
        assert asking.recv(1) == b""  # so the silent one, who came before, was let in

        outside.close()
        gc.collect()

        assert silent.recv(1) == b""


def connected(outside: Outside) -> socket.socket:
    """A browser's connection to it."""
    return socket.create_connection((HOST, outside.port), timeout=10)
