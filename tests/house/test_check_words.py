"""The check of committed words fires on what it forbids and leaves the rest alone."""

import subprocess
from pathlib import Path

import pytest

from tools.check_words import Finding, findings, main

FORBIDDEN = [
    "https://files.python" + "hosted.org/packages/a.whl",
    "index = py" + "pi.org/simple",
    "https://registry.np" + "mjs.org/preact",
    "https://cdn.js" + "delivr.net/npm/zxing-wasm",
    "deb http://deb.deb" + "ian.org/debian bookworm main",
    "http://ftp.ca.deb" + "ian.org/debian",
    'cache = "/ro' + 'ot/.cache"',
    "cd /ho" + "me/marc/terrain",
    "file:///ho" + "me/marc/terrain",
    "--config=/wo" + "rk/terrain.toml",
    'open("/t' + 'mp/terrain.db")',
    r"C:\Us" + r"ers\Marc",
]
ALLOWED = [
    "state lives in /var/lib/terrain",
    "GET /t/abc/home/today",
    "src/work/lane.py and ../root/file",
    "https://www.debian.org/releases",
    "https://example.org/work/orders",
    "tmpfs: [/tmp]",
    "@router.get('/roots')",
    "any package of PyPI",
]


@pytest.mark.parametrize("line", FORBIDDEN)
def test_forbidden_word_is_found_on_its_line(line: str, tmp_path: Path) -> None:
    file = tmp_path / "planted.txt"
    file.write_text(f"first line\n{line}\n")

    assert [finding.line for finding in findings("planted.txt", file)] == [2]


@pytest.mark.parametrize("line", ALLOWED)
def test_ordinary_word_is_left_alone(line: str, tmp_path: Path) -> None:
    file = tmp_path / "ordinary.txt"
    file.write_text(line)

    assert list(findings("ordinary.txt", file)) == []


def test_npm_lock_file_must_not_say_where_packages_came_from(tmp_path: Path) -> None:
    file = tmp_path / "package-lock.json"
    file.write_text('{\n  "resolved": "https://mirror.example/preact.tgz"\n}\n')

    assert list(findings("pwa/package-lock.json", file)) == [
        Finding("pwa/package-lock.json", 2, '"resolved"')
    ]


def test_binary_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"\xff\xd8\0 " + FORBIDDEN[0].encode())

    assert list(findings("photo.jpg", file)) == []


def test_only_committed_files_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git = ["git", "-C", str(tmp_path)]
    (tmp_path / "committed.txt").write_text(FORBIDDEN[0])
    (tmp_path / "mine.txt").write_text(FORBIDDEN[0])
    subprocess.run([*git, "init", "--quiet"], check=True)  # noqa: S603 - the words are ours
    subprocess.run([*git, "add", "committed.txt"], check=True)  # noqa: S603 - the words are ours

    assert main(tmp_path) == 1
    assert capsys.readouterr().out == "committed.txt:1: files.python" + "hosted.org\n"


def test_clean_repository_passes(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)  # noqa: S603, S607

    assert main(tmp_path) == 0
