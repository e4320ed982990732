"""Simulated OLTs, Huawei's and ZTE's, as their agents answer."""

from backend.simulators.olt.agent import COMMUNITY, OltSimulator
from backend.simulators.olt.chassis import Chassis, Onu
from backend.simulators.olt.field import demo_olts
from backend.simulators.olt.huawei import Huawei
from backend.simulators.olt.zte import Zte

__all__ = ["COMMUNITY", "Chassis", "Huawei", "OltSimulator", "Onu", "Zte", "demo_olts"]
