"""The first way to ask a modem: its own web protocol, in a process apart."""

from backend.modem_bridge.protocol.workers import Workers

__all__ = ["Workers"]
