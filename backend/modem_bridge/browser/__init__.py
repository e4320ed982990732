"""The second way to ask a modem: by its own page, in a Chromium that reaches nothing else."""

from backend.modem_bridge.browser.chromium import Chromium

__all__ = ["Chromium"]
