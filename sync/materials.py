"""Materials used on a visit: counted lines, each with an identity of its own."""

import msgspec

from sync.arguments import MaterialArgs
from sync.protocol import Mutation
from sync.writes import Cells, Fault, Writes, signed


def material(mutation: Mutation, cells: Cells, by: str) -> Writes | Fault:
    """A new line, another count of one, or one taken back: two people who count the same reel
    have two lines, and none of them overrules the other."""
    args = msgspec.convert(mutation.args, MaterialArgs)
    if args.line:
        path = f"materials/{args.line}"
        line = cells.get(path)
        if line is None:
            return Fault("unknown-item")
        return {path: {**line, "count": args.count} if args.count else None}
    if not args.what.strip() or not args.count:
        return Fault("bad-args")
    used = {"what": args.what.strip(), "count": args.count}
    return {f"materials/{mutation.id}": signed(mutation, by, used)}
