"""The first start says in one line, in both languages, what the machine lacks."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).parents[2] / "tools" / "bootstrap.sh"
# What the script needs of any system before it can look for the rest.
ORDINARY = ["sh", "env", "dirname", "flock", "id", "grep", "cat"]


class Machine:
    """A checkout on a machine that has only the commands it was given."""

    def __init__(self, folder: Path) -> None:
        self.commands = folder / "bin"
        self.script = folder / "checkout" / "tools" / "bootstrap.sh"
        self.script.parent.mkdir(parents=True)
        self.commands.mkdir()
        shutil.copy(BOOTSTRAP, self.script)
        (folder / "checkout" / "Makefile").touch()
        for name in ORDINARY:
            (self.commands / name).symlink_to(shutil.which(name) or name)
        # Not `which python3`: that may be a version manager's script, which needs more commands.
        self.answer("python3", f'exec "{sys.base_prefix}/bin/python3" "$@"')

    def answer(self, name: str, script: str) -> None:
        """Replaces or adds one command."""
        command = self.commands / name
        command.unlink(missing_ok=True)
        command.write_text(f"#!/bin/sh\n{script}\n")
        command.chmod(0o755)

    def start(self) -> subprocess.CompletedProcess[str]:
        """Runs the first step of `make run`."""
        return subprocess.run(  # noqa: S603 - the words are ours
            [str(self.script), "run"],
            env={"PATH": str(self.commands)},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_missing_node_is_one_line(machine: Machine) -> None:
    started = machine.start()

    assert started.returncode == 1
    assert started.stderr == (
        "terrain : Node 20.19 ou plus récent est requis ; ici : aucun"
        " / Node 20.19 or newer is needed; here: none\n"
    )


def test_old_node_is_named(machine: Machine) -> None:
    machine.answer("node", 'test "$1" = --version && echo v18.19.0')

    started = machine.start()

    assert started.returncode == 1
    assert started.stderr.count("\n") == 1
    assert "here: v18.19.0" in started.stderr


def test_missing_npm_is_one_line(machine: Machine) -> None:
    machine.answer("node", "exit 0")

    started = machine.start()

    assert started.returncode == 1
    assert started.stderr.startswith("terrain : npm est requis")


def test_old_python_is_one_line(machine: Machine) -> None:
    machine.answer("python3", "exit 0")

    started = machine.start()

    assert started.returncode == 1
    assert started.stderr.startswith("terrain : Python 3.11 ou plus récent est requis")
    assert started.stderr.count("\n") == 1


def test_who_is_not_root_gets_the_command_to_type(machine: Machine) -> None:
    machine.answer("node", "exit 0")
    machine.answer("npm", "exit 0")
    machine.answer("ldconfig", "exit 0")
    machine.answer("id", "echo 1000")

    started = machine.start()

    assert started.returncode == 1
    assert started.stderr.count("\n") == 1
    assert "sudo apt-get install -y --no-install-recommends libzbar0" in started.stderr
