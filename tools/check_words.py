"""Checks that no committed file names a package registry's host or a path of somebody's machine.

A registry's host in a lock file breaks the build of whoever sits behind a mirror; a machine's path
works for one person. The patterns are joined from pieces, so that this file does not match itself.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Finding(NamedTuple):
    """One forbidden word: where it stands (the line counts from 1), and what it is."""

    path: str
    line: int
    word: str


def main(root: Path) -> int:
    """Prints what the committed files of the repository at `root` must not say; 1 if anything."""
    found = [finding for path in committed(root) for finding in findings(path, root / path)]
    for finding in found:
        print(f"{finding.path}:{finding.line}: {finding.word}")
    return 1 if found else 0


def committed(root: Path) -> list[str]:
    """Paths of the files that git keeps and that are there, relative to `root`."""
    listed = subprocess.run(  # noqa: S603 - the words are ours
        ["git", "-C", str(root), "ls-files", "-z"],  # noqa: S607 - whichever git made the checkout
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return [path for path in listed if path and (root / path).is_file()]


def findings(name: str, file: Path) -> Iterator[Finding]:
    """The forbidden words of one file, line by line; a file with a NUL byte is taken as binary."""
    content = file.read_bytes()
    if b"\0" in content:
        return
    pattern = LOCKED if name.endswith("package-lock.json") else ANYWHERE
    for number, line in enumerate(content.decode(errors="replace").splitlines(), start=1):
        for match in pattern.finditer(line):
            yield Finding(name, number, match.group())


# Package indexes and the CDNs that serve packages. Debian's own site is not a mirror.
HOSTS = [
    r"py" + r"pi\.(?:org|io)",
    r"python" + r"hosted\.org",
    r"np" + r"mjs\.(?:org|com)",
    r"npm" + r"mirror\.com",
    r"yarn" + r"pkg\.com",
    r"js" + r"delivr\.net",
    r"un" + r"pkg\.com",
    r"esm" + r"\.sh",
    r"sky" + r"pack\.dev",
    r"cdn" + r"js\.(?:cloudflare\.)?com",
    r"node" + r"source\.com",
    r"(?:deb|ftp|security|archive|snapshot|httpredir)(?:\.[a-z]{2})?\.deb" + r"ian\.(?:org|net)",
    r"proxy\.go" + r"lang\.org",
]
# Folders of one person or one machine: homes, work folders and what lies under /tmp.
FOLDERS = [
    r"/ro" + r"ot(?![\w.-])",
    r"/ho" + r"me/[a-z_][\w.-]*",
    r"/Us" + r"ers/\w[\w.-]*",
    r"[A-Z]:\\{1,2}Us" + r"ers\b",
    r"/wo" + r"rk/",
    r"/work" + r"space/",
    r"/t" + r"mp/[\w.{$<-]",
    r"/opt/(?:wheels|py" + r"pi)\b",
]
HOST = r"\b(?:[\w-]+\.)*(?:" + "|".join(HOSTS) + r")\b"
# Only absolute paths: not the end of a relative path or of a URL, but file: URLs all the same.
FOLDER = r"(?:(?<=file:/" + r"/)|(?<![\w./~}>*\])-]))(?:" + "|".join(FOLDERS) + ")"
ANYWHERE = re.compile(f"{HOST}|{FOLDER}")
# npm writes where each package came from under this key, unless .npmrc tells it not to.
LOCKED = re.compile(f'{HOST}|{FOLDER}|"res' + 'olved"')


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
