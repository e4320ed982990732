"""Chassis with terminals in them."""

from typing import TypeVar

from backend.simulators.olt.chassis import Chassis

C = TypeVar("C", bound=Chassis)

PER_PORT = 64
PER_SLOT = 16 * PER_PORT


def filled(chassis: C, count: int) -> C:
    """With that many terminals online, TPLG00000000 first, 64 a port, 16 ports a slot."""
    for number in range(count):
        slot, port = number // PER_SLOT + 1, number % PER_SLOT // PER_PORT
        chassis.add(f"TPLG{number:08X}", slot, port, number % PER_PORT + 1)
    return chassis
