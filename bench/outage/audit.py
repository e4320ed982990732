"""What became of it all: counted in the site's documents and request log, and Terrain's tables."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, select

from backend.simulators.erpnext import Site
from backend.store.tables import conflict, outbox, record
from bench.outage.plan import Change, Plan, Visit
from bench.outage.upstream import INVOICE

_PATH: Final = ("Assigned", "En Route", "On Site", "Not Completed", "Completed")
_WORDS: Final = {
    "en_route": "En Route",
    "on_site": "On Site",
    "completed": "Completed",
    "not_completed": "Not Completed",
}


class Made(NamedTuple):
    """A change as it was sent: the mutation's id, and the instant of the device (UTC ms)."""

    visit: Visit
    change: Change
    mutation: str
    made_at: int

    @property
    def name(self) -> str:
        """Its document."""
        return self.visit.job if self.change.on == "job" else self.visit.location

    @property
    def bills(self) -> bool:
        """Whether it completes a visit that is billed."""
        return self.visit.billable and self.change.args.get("to") == "completed"


class Findings(NamedTuple):
    """The figures, and one line for each thing that went wrong."""

    conflicts: int
    lost: int
    duplicated: int
    order_inversions: int
    billed_twice: int
    requests: int
    faults: list[str]


def audit(plan: Plan, made: list[Made], site: Site, conn: Connection, zone: ZoneInfo) -> Findings:
    """Compare what was done with what the site and Terrain hold."""
    planted = {(each.name, each.clashes) for each in plan.edits if each.clashes}
    found = _conflicts(conn)
    faults = [f"conflict nobody planted: {each}" for each in sorted(found - planted)]
    faults += [f"planted conflict not seen: {each}" for each in sorted(planted - found)]
    lost = list(_lost(made, site, conn, planted))
    doubles = list(_doubles(made, site))
    bills = Counter(row["job"] for row in site.database.rows(INVOICE))
    lost += _misbilled(made, site, planted, zone)
    faults += [*lost, *doubles]
    return Findings(
        len(found),
        len(lost),
        len(doubles),
        _inversions(made, site),
        sum(count > 1 for count in bills.values()),
        len([each for each in site.log.entries() if each.method != "OFFICE"]),
        faults,
    )


def _conflicts(conn: Connection) -> set[tuple[str, str]]:
    query = select(record.c.upstream_name, conflict.c.path).join(
        record, record.c.key == conflict.c.key
    )
    return {(row[0], row[1]) for row in conn.execute(query.where(conflict.c.soft == 0))}


def _lost(
    made: list[Made], site: Site, conn: Connection, planted: set[tuple[str, str]]
) -> Iterator[str]:
    """A change without a fate, without its row in the ledger, or without its effect."""
    query = select(outbox.c.mutation).where(outbox.c.fate.is_not(None))
    closed = set(conn.execute(query).scalars())
    for each in made:
        if each.mutation not in closed:
            yield f"no receipt: {each.name} {each.change.kind}"
        elif site.database.get("Field Operation", each.mutation) is None:
            yield f"not in the ledger: {each.name} {each.change.kind}"
        elif not _stands(each, site, planted):
            yield f"no effect: {each.name} {each.change.kind} {each.change.args}"


def _stands(each: Made, site: Site, planted: set[tuple[str, str]]) -> bool:
    args = each.change.args
    if each.change.on == "location":
        code = site.document("Service Location", each.name)["access_code"]
        return bool(code == args["access_code"]) != ((each.name, "access_code") in planted)
    document = site.document("Dispatch Job", each.name)
    match each.change.kind:
        case "note":
            return any(line.endswith(args["text"]) for line in _lines(document))
        case "check":
            return any(
                row["item_id"] == args["item"] and row["done"] for row in document["checklist"]
            )
        case "tag":
            return any(row["tag"] == args["tag"] for row in document["tags"])
        case "equipment":
            rows = [r for r in document["equipment"] if r["serial_number"] == args["serial"]]
            return bool(rows and rows[0]["equipment"])
        case "photo":
            return bool(_files(each, site))
        case "verify":
            return any(row["check_id"] == each.mutation for row in document["terrain_checks"])
    return _status_stands(each, document, planted)


def _files(each: Made, site: Site) -> list[Any]:
    """A file is named by its mutation."""
    return [
        row
        for row in site.database.rows("File")
        if row["attached_to_name"] == each.name and each.mutation in row["file_name"]
    ]


def _lines(document: dict[str, Any]) -> list[str]:
    return str(document["tech_notes"] or "").splitlines()


def _status_stands(each: Made, document: dict[str, Any], planted: set[tuple[str, str]]) -> bool:
    """The last step stands, but where the office cancelled; earlier ones have gone by."""
    if each.change is not each.visit.changes[-1]:
        return bool(document["started_at"])
    wanted = "Cancelled" if (each.name, "status") in planted else _WORDS[each.change.args["to"]]
    return bool(document["status"] == wanted and document["completed_at"])


def _doubles(made: list[Made], site: Site) -> Iterator[str]:
    inserted: Counter[str] = Counter()
    for entry in site.log.entries():
        for effect in entry.effects:
            if effect.doctype == "Field Operation" and effect.action == "insert":
                inserted[effect.name] += 1
    yield from (
        f"{name} {count} times in the ledger" for name, count in inserted.items() if count > 1
    )
    photos = (each for each in made if each.change.kind == "photo")
    yield from (f"{e.name}: photo twice" for e in photos if len(_files(e, site)) > 1)
    for name in {each.visit.job for each in made}:
        document = site.document("Dispatch Job", name)
        yield from _twice(name, _lines(document))
        yield from _twice(name, [row["serial_number"] for row in document["equipment"]])
        yield from _twice(name, [row["tag"] for row in document["tags"]])


def _twice(name: str, items: list[str]) -> Iterator[str]:
    yield from (f"{name}: {item} twice" for item, count in Counter(items).items() if count > 1)


def _misbilled(
    made: list[Made], site: Site, planted: set[tuple[str, str]], zone: ZoneInfo
) -> Iterator[str]:
    """Every completion that bills is invoiced once, with the field's own time, and no other."""
    due = {
        each.name: _local(each.made_at, zone)
        for each in made
        if each.bills and (each.name, "status") not in planted
    }
    bills = {row["job"]: str(row["completed_at"]) for row in site.database.rows(INVOICE)}
    yield from (f"not billed: {name}" for name in sorted(due.keys() - bills.keys()))
    yield from (f"billed for nothing: {name}" for name in sorted(bills.keys() - due.keys()))
    for name in sorted(due.keys() & bills.keys()):
        if due[name] != bills[name]:
            yield f"billed at {bills[name]} instead of {due[name]}: {name}"


def _local(instant_ms: int, zone: ZoneInfo) -> str:
    local = datetime.fromtimestamp(instant_ms // 1000, UTC).astimezone(zone)
    return local.strftime("%Y-%m-%d %H:%M:%S")


def _inversions(made: list[Made], site: Site) -> int:
    """By document: ledger rows against the order of the field, and statuses against their path;
    completions that bill, which drain last, are left out."""
    turn = {each.mutation: number for number, each in enumerate(made)}
    document = {each.mutation: each.name for each in made}
    bills = {each.mutation for each in made if each.bills}
    ledger: dict[str, list[int]] = defaultdict(list)
    statuses: dict[str, list[int]] = defaultdict(list)
    for entry in site.log.entries():
        for effect in entry.effects:
            if effect.doctype == "Field Operation" and effect.name in turn.keys() - bills:
                ledger[document[effect.name]].append(turn[effect.name])
        for name, status in _statuses(entry.method, entry.path, entry.body or {}):
            statuses[name].append(_PATH.index(status))
    return sum(map(_descents, (*ledger.values(), *statuses.values())))


def _statuses(method: str, path: str, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The (document, status) pairs that a request of ours wrote."""
    if method == "PUT" and "status" in body:
        yield path.rpartition("/")[2], body["status"]
    if path.endswith("bulk_update"):
        for doc in msgspec.json.decode(body["docs"]):
            if "status" in doc:
                yield doc["docname"], doc["status"]


def _descents(numbers: list[int]) -> int:
    return sum(after < before for before, after in pairwise(numbers))
