"""strace around the server: its calls written down to the last byte, or made to fail."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from tests.e2e.processes import wait_for

# Every call by which bytes or names of a file can change, or be made durable, or reach a socket.
_RECORDED: Final = (
    "write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate,sendfile,copy_file_range,"
    "open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,"
    "symlinkat,unlink,unlinkat,rmdir,fsync,fdatasync,sync_file_range,msync,mmap,io_uring_setup,"
    "sendto,sendmsg,sendmmsg"
)
_LONGEST_STRING: Final = 16 * 1024**2
_BEGUN: Final = re.compile(r"(\d+) +(\w+)\((.*)")
_RESUMED: Final = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)")
_RESULT: Final = re.compile(r"= (-?\d+|0x[0-9a-f]+)")
_UNFINISHED: Final = " <unfinished ...>"
_ENDED: Final = re.compile(r"^(\d+) +\+\+\+ (exited|killed)", re.MULTILINE)
_TAIL: Final = 4096
END_S: Final = 30.0


class Call(NamedTuple):
    """One call: strings in `args` are hexadecimal, `begun` and `ended` are lines of the log.

    Between two lines nothing that is recorded happened in any thread.
    """

    name: str
    args: str
    result: int
    begun: int
    ended: int


def recording(log: Path) -> list[str]:
    """What to put before a program so that its calls are written to `log`.

    `-DD`: the program stays our own child and gets our signals, and strace outlives it until the
    last line is written. `--seccomp-bpf`: calls that are not recorded run at full speed.
    """
    speed = ["-f", "-DD", "--seccomp-bpf", "-q"]
    form = ["-yy", "-xx", "-s", str(_LONGEST_STRING)]
    return [_strace(), *speed, *form, "-e", f"trace={_RECORDED}", "-o", str(log)]


def wait_until_written(log: Path, pid: int) -> None:
    """Until the last line of a program that has ended is in its log."""

    def written() -> bool:
        with log.open("rb") as file:
            file.seek(max(log.stat().st_size - _TAIL, 0))
            tail = file.read().decode()
        return any(int(each[1]) == pid for each in _ENDED.finditer(tail))

    wait_for("the end of strace's log", written, END_S)


def calls(log: Path, first: int = 0) -> Iterator[Call]:
    """The calls that ended, in that order; lines are numbered from `first` on."""
    begun: dict[tuple[str, str], tuple[str, int]] = {}
    with log.open(encoding="ascii") as lines:
        for number, line in enumerate(lines, first):
            if found := _RESUMED.match(line):
                args, start = begun.pop((found[1], found[2]))
                yield _call(found[2], args + found[3], start, number)
            elif found := _BEGUN.match(line):
                if _UNFINISHED in found[3]:
                    args = found[3].partition(_UNFINISHED)[0]
                    begun[found[1], found[2]] = (args, number)
                else:
                    yield _call(found[2], found[3], number, number)


@contextmanager
def failing(pid: int, injection: str, files: Sequence[Path], log: Path) -> Iterator[None]:
    """Make calls of a running process on these files fail, as strace's `inject` says it."""
    paths = [option for file in files for option in ("-P", str(file))]
    names = injection.partition(":")[0]
    command = [_strace(), "-f", "-p", str(pid), *paths, "-e", f"trace={names}", "-o", str(log)]
    tracer = subprocess.Popen(  # noqa: S603  (our own server)
        [*command, "-e", f"inject={injection}"], stderr=subprocess.DEVNULL
    )
    try:
        wait_for("strace", lambda: _traced_by(pid) == tracer.pid, END_S, 0.01)
        yield
    finally:
        tracer.terminate()  # it lets go of the process first
        tracer.wait(END_S)


@cache
def _strace() -> str:
    program = shutil.which("strace")
    assert program is not None, "strace records the server: apt-get install strace"
    return program


def _call(name: str, text: str, begun: int, ended: int) -> Call:
    args, _, rest = text.rpartition(") ")
    found = _RESULT.search(rest)
    return Call(name, args, int(found[1], 0) if found else -1, begun, ended)


def _traced_by(pid: int) -> int:
    """The tracer once it holds every thread of a process, 0 until then."""
    tracers = {
        int(re.findall(r"TracerPid:\s+(\d+)", (task / "status").read_text())[0])
        for task in Path(f"/proc/{pid}/task").iterdir()
    }
    return tracers.pop() if len(tracers) == 1 else 0
