"""Kills: what the server had acknowledged is there, and in ERPNext, once, however often it died.

usage: python -m tests.faults.kill --kills N

The real server dies by SIGKILL, again and again, in the middle of pushes and of deliveries to a
simulated ERPNext; phones repeat what was not answered. The last line is one JSON object: `acked`
mutations, `lost` (not in the database with their verdict, or not in ERPNext), `duplicated` (more
than one effect there, by ERPNext's own request log and documents); `unanswered` pushes went again,
`repeated` requests told ERPNext what it had already. The exit status says whether nothing was
lost or duplicated.

A kill cannot tell whether anything was synced: the kernel lives on. That is what
tests.faults.powercut is for.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.e2e.processes import ErpNext, Server, wait_for
from tests.faults.phones import Phone, enrolled, pushing

TECHNICIAN: Final = "TECH-001"
ANSWERS_BETWEEN_KILLS: Final = 2
ANSWERS_S: Final = 60.0
FILED_S: Final = 300.0
CONFLICT: Final = 409
LEDGER: Final = "Field Operation"
LEDGER_PATHS: Final = ("insert_many", f"/api/resource/{LEDGER}")
_NOTE: Final = re.compile(r": (note \d+ de [0-9a-f-]{36})")


class Killed(NamedTuple):
    """An installation after its last kill, and the phones that pushed all the while."""

    server: Server
    erpnext: ErpNext
    phones: list[Phone]

    @property
    def verdicts(self) -> dict[str, str]:
        """What the phones were told, by mutation id."""
        return {id_: told[0] for phone in self.phones for id_, told in phone.verdicts.items()}

    def in_ledger(self) -> Counter[str]:
        """How often ERPNext's ledger got each mutation, by its own log of requests."""
        effects = self.erpnext.effects_on(LEDGER)
        return Counter(each.name for each in effects if each.action == "insert")

    def in_visits(self) -> Counter[str]:
        """How often the text of each mutation's note stands in ERPNext's visits."""
        names = [each["name"] for each in self.erpnext.documents("Dispatch Job", [])]
        documents = [self.erpnext.document("Dispatch Job", name) for name in names]
        found = Counter(_NOTE.findall(json.dumps(documents)))
        sent = [each for phone in self.phones for each in phone.sent.values()]
        return Counter({each["id"]: found[each["args"]["text"]] for each in sent})

    def repeated(self) -> int:
        """How many requests told ERPNext what it had already: the kills came in between."""
        return sum(each.status == CONFLICT for each in self.erpnext.log())


@contextmanager
def killed(folder: Path, kills: int) -> Iterator[Killed]:
    """So many times: some answered batches, SIGKILL in the middle of others, start. At the end
    ERPNext is given the time to get everything."""
    erpnext = ErpNext(folder)
    server = Server(folder, erpnext)
    with ExitStack() as ends:
        ends.callback(erpnext.close)
        ends.callback(server.kill)
        server.start()
        world = Killed(server, erpnext, ends.enter_context(enrolled(server, TECHNICIAN)))
        with pushing(world.phones):
            for _ in range(kills):
                _kill_in_the_middle(world)
            _kill_before_erpnext_has_answered(world)
        waiting = "SELECT 1 FROM outbox WHERE fate IS NULL LIMIT 1"
        wait_for("everything on file", lambda: not server.rows(waiting), FILED_S)
        yield world


def run(folder: Path, kills: int) -> dict[str, Any]:
    """Kill, and sum up."""
    began = time.monotonic()
    with killed(folder, kills) as world:
        told, ledger, visits = world.verdicts, world.in_ledger(), world.in_visits()
        kept = dict(world.server.rows("SELECT id, outcome FROM mutation"))
        lost = [
            id_ for id_ in told if kept.get(id_) != told[id_] or not ledger[id_] or not visits[id_]
        ]
        return {
            "kills": kills,
            "acked": len(told),
            "lost": len(lost),
            "duplicated": len([id_ for id_ in told if max(ledger[id_], visits[id_]) > 1]),
            "unanswered": sum(phone.unanswered for phone in world.phones),
            "repeated": world.repeated(),
            "seconds": round(time.monotonic() - began, 1),
        }


def main() -> int:
    """Run the program; see the top of this file."""
    parser = argparse.ArgumentParser(prog="kill", description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, required=True)
    with tempfile.TemporaryDirectory() as folder:
        result = run(Path(folder), parser.parse_args().kills)
    print(json.dumps(result))
    return 1 if result["lost"] or result["duplicated"] else 0


def _kill_in_the_middle(world: Killed) -> None:
    goal = sum(phone.answers for phone in world.phones) + ANSWERS_BETWEEN_KILLS
    wait_for(
        "answers",
        lambda: sum(phone.answers for phone in world.phones) >= goal,
        ANSWERS_S,
        step_s=0.002,
    )
    world.server.kill()
    world.server.start()


def _kill_before_erpnext_has_answered(world: Killed) -> None:
    """ERPNext has taken rows of its ledger, and the server dies before it can know."""
    before = len(world.erpnext.effects_on(LEDGER))
    for path in LEDGER_PATHS:
        world.erpnext.lose_an_answer(path, ANSWERS_S)
    wait_for(
        "a row in the ledger",
        lambda: len(world.erpnext.effects_on(LEDGER)) > before,
        ANSWERS_S,
        step_s=0.05,
    )
    world.server.kill()
    world.erpnext.be_back()
    world.server.start()


if __name__ == "__main__":
    sys.exit(main())
