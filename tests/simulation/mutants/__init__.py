"""Faults put into a copy of this tree, each of which must break an invariant."""

import shutil
from pathlib import Path
from typing import Final

from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.phone import OF_PHONE
from tests.simulation.mutants.server import OF_SERVER
from tests.simulation.node.process import ROOT

__all__ = ["MUTANTS", "Mutant", "patched"]

_PARTS: Final = ("sync", "backend", "tests", "pwa")
MUTANTS: Final = OF_PHONE | OF_SERVER


def patched(mutant: Mutant, into: Path) -> None:
    """Make a copy of this tree as far as a run needs it, in the folder `into`, with the fault."""
    ignored = shutil.ignore_patterns("node_modules", "dist", "__pycache__")
    for name in _PARTS:
        shutil.copytree(ROOT / name, into / name, ignore=ignored)
    (into / "pwa/node_modules").symlink_to(ROOT / "pwa/node_modules")
    file = into / mutant.file
    text = file.read_text()
    if text.count(mutant.before) != 1:
        raise ValueError(f"{mutant.file} has {text.count(mutant.before)} times {mutant.before!r}")
    file.write_text(text.replace(mutant.before, mutant.after))
