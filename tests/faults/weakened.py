"""The server with a weaker `PRAGMA synchronous`: what the power-cut proof must find fault with.

usage: python -m tests.faults.weakened normal|off --config FILE serve

It is the same program otherwise: the pragma is set on each connection as it leaves SQLAlchemy's
pool, so that the product needs no switch by which somebody could lose work.
"""

import sys
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

from backend.cli import main


def weaken(level: str) -> None:
    """Let every connection of this process sync less: NORMAL at checkpoints only, OFF never."""

    def checkout(connection: Any, _record: Any, _proxy: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA synchronous = {level}")
        cursor.close()

    event.listen(Pool, "checkout", checkout)


if __name__ == "__main__":
    weaken(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
