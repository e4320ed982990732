"""`terrain init`: asks a few questions and writes an installation."""

import argparse
import sys
from pathlib import Path

from backend.notify.push.vapid import new_key
from backend.operations.new_installation import (
    CONTAINER_USER,
    QUESTIONS,
    Question,
    checked,
    files,
    write,
)
from backend.settings import Settings, load


def init(_settings: Settings, args: argparse.Namespace) -> int:
    """Write a configuration, a compose file and secrets into a folder; nothing is written over."""
    given = {each.key: getattr(args, each.key) for each in QUESTIONS}
    answers = {key: answer for key, answer in given.items() if answer is not None}
    if not args.yes:
        answers |= {each.key: _ask(each) for each in QUESTIONS if each.key not in answers}
    folder = Path(args.folder)
    made = files(checked(answers), new_key())
    write(folder, made)
    load(str(folder / "terrain.toml"))
    print("\n".join(_next_steps(folder, "backup.key" in made)))
    return 0


def push_key(_settings: Settings, _args: argparse.Namespace) -> int:
    """Print a new key for Web Push, for an installation that was made before there was one."""
    print(new_key())
    return 0


def _ask(question: Question) -> str:
    shown = f" [{question.default}]" if question.default else ""
    print(f"{question.fr} / {question.en}{shown} : ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() or (question.default or "")


def _next_steps(folder: Path, has_key: bool) -> list[str]:
    key = [
        f"{folder}/backup.key : à garder sur une autre machine, puis à effacer d'ici"
        " / keep it on another machine, then delete it here"
    ]
    return [
        f"{folder}/secrets/erpnext-token : y écrire CLÉ:SECRET / write KEY:SECRET into it",
        *(key if has_key else []),
        f"chown -R {CONTAINER_USER} {folder}/secrets {folder}/terrain.toml",
        f"docker compose --project-directory {folder} up --detach",
        f"docker compose --project-directory {folder} exec terrain /opt/terrain/bin/terrain doctor",
    ]
