"""The `terrain` command: `parser.py` knows its words, the modules beside it what each one does."""

import os
import sys
from collections.abc import Sequence

from backend.cli.parser import parser
from backend.cli.words import WORDS
from backend.errors import AppError
from backend.settings import load


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status. Errors are one clear line, not a traceback."""
    args = parser().parse_args(argv)
    os.umask(0o077)  # what Terrain writes is its customers' affair
    try:
        return int(args.run(load(args.config), args))
    except AppError as error:
        _say(error)
    except (OSError, ValueError) as error:
        print(f"configuration {args.config or ''} : {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def _say(error: AppError) -> None:
    words = WORDS.get(error.code, (f"{error.code} : {{}}",))
    for line in words:
        print(line.format(error.reason), file=sys.stderr)
