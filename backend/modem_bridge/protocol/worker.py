"""`python -m backend.modem_bridge.protocol.worker`: reads modems, one after the other.

A process apart, because the library keeps a session's headers in a class, works by blocking calls,
and must be stopped in the middle of any of them.
"""

import signal
import sys

import msgspec

from backend.modem_bridge.protocol.asking import read_modem
from backend.modem_bridge.protocol.job import Job


def main() -> None:
    """Answer each line of standard input with one of standard output, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the bridge's affair
    for line in sys.stdin.buffer:
        report = read_modem(msgspec.json.decode(line, type=Job))
        sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
