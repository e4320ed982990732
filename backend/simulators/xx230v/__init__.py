"""A simulated XX230v: the web interface of the modem, with its real encryption and its moods.

It follows public descriptions of this family (tplinkrouterc6u `client/ex.py`, scripts that drive
the page); no byte of it came from a real XX230v.
"""

from backend.simulators.xx230v.ciphers import Cipher
from backend.simulators.xx230v.demo import MODEM_PASSWORD, demo_modems
from backend.simulators.xx230v.modem import Family, Login, Modem, Mood
from backend.simulators.xx230v.server import served

__all__ = ["MODEM_PASSWORD", "Cipher", "Family", "Login", "Modem", "Mood", "demo_modems", "served"]
