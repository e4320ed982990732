"""A chassis for net-snmp's snmpd, which asks it by its protocol `pass_persist` (snmpd.conf(5)):
`python -m backend.simulators.olt.pass_persist huawei 1000`."""

import sys
from typing import Final, TextIO

from backend.simulators.olt.chassis import Chassis, Oid, Value, filled
from backend.simulators.olt.huawei import Huawei
from backend.simulators.olt.zte import Zte

KINDS: Final = {"huawei": Huawei, "zte": Zte}


def main() -> None:
    """Answer on standard output until the input ends."""
    kind, count = sys.argv[1:]
    serve(filled(KINDS[kind](), int(count)), sys.stdin, sys.stdout)


def serve(chassis: Chassis, asked: TextIO, told: TextIO) -> None:
    """One answer to each question."""
    for line in asked:
        match line.strip():
            case "PING":
                told.write("PONG\n")
            case "get":
                name = _oid(asked.readline())
                told.write(_lines(name, chassis.get(name)))
            case "getnext":
                found = chassis.after(_oid(asked.readline()))
                told.write(_lines(*found) if found else "NONE\n")
            case _:  # set, with two lines more: read only
                asked.readline()
                asked.readline()
                told.write("not-writable\n")
        told.flush()


def _oid(line: str) -> Oid:
    return tuple(map(int, line.strip().strip(".").split(".")))


def _lines(name: Oid, value: Value | None) -> str:
    match value:
        case None:
            return "NONE\n"
        case bytes():
            kind, said = "octet", value.hex(" ")
        case tuple():
            kind, said = "objectid", "." + ".".join(map(str, value))
        case _:
            kind, said = "counter64" if value > 2**31 - 1 else "integer", str(value)
    return f".{'.'.join(map(str, name))}\n{kind}\n{said}\n"


if __name__ == "__main__":
    main()
