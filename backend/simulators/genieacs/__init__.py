"""A small GenieACS that behaves as the recorded one, and terminals that call it."""

from backend.simulators.genieacs.acs import Acs, Reach
from backend.simulators.genieacs.demo import demo_acs
from backend.simulators.genieacs.server import GenieAcsSimulator
from backend.simulators.genieacs.terminal import Terminal, xx230v

__all__ = ["Acs", "GenieAcsSimulator", "Reach", "Terminal", "demo_acs", "xx230v"]
