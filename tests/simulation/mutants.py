"""Faults put into a copy of this tree, each of which must break an invariant."""

import shutil
from pathlib import Path
from typing import Final, NamedTuple

from tests.simulation.node.process import ROOT

_PARTS: Final = ("sync", "backend", "tests", "pwa")
_PHONE: Final = "pwa/src/sync"


class Mutant(NamedTuple):
    """One text of one file, and what stands in its place; `by_phones`: it takes the
    shipped sync to find it, which has photos."""

    file: str
    before: str
    after: str
    by_phones: bool = False

    @property
    def driver(self) -> str:
        """Who executes the file, or is needed."""
        return "node" if self.by_phones or self.file.startswith(_PHONE) else "fast"


MUTANTS: Final[dict[str, Mutant]] = {
    "drop-on-send": Mutant(
        f"{_PHONE}/outbox.ts",
        "for (const entry of entries) await asked(tx.objectStore('outbox').put(entry))",
        "for (const { n = 0 } of entries) await asked(tx.objectStore('outbox').delete(n))",
    ),
    "leaves-outbox-by-counter": Mutant(
        f"{_PHONE}/replica.ts",
        "    entry.verdict = { outcome, at: now, detail }\n    changed.add(entry)\n  }",
        "    entry.verdict = { outcome, at: now, detail }\n    changed.add(entry)\n  }\n"
        "  for (const entry of entries.values()) {\n"
        "    if (!isWaiting(entry) || (entry.seq ?? Infinity) >= (reply.expect ?? 0)) continue\n"
        "    entry.verdict = { outcome: 'applied', at: now, detail: {} }\n"
        "    changed.add(entry)\n"
        "  }",
    ),
    "scope-exit-deletes-work": Mutant(
        f"{_PHONE}/rows.ts",
        "    await asked(store.delete(key))\n  }",
        "    await asked(store.delete(key))\n"
        "    const outbox = tx.objectStore('outbox')\n"
        "    for (const entry of await asked(outbox.getAll()))\n"
        "      if (entry.intent.key === key) await asked(outbox.delete(entry.n))\n"
        "  }",
    ),
    "revocation-deletes-work": Mutant(
        f"{_PHONE}/replica.ts",
        "['rows', 'stage', 'removed', 'conflicts'] as const)",
        "['rows', 'stage', 'removed', 'conflicts', 'outbox'] as const)",
    ),
    "restore-ignored": Mutant(
        f"{_PHONE}/replica.ts",
        "(identity.server !== '' && identity.server !== epoch) || (reset && cursor !== '')",
        "(identity.server === '?' && identity.server !== epoch) || (reset && cursor === '?')",
    ),
    "rollback-ignored": Mutant(
        f"{_PHONE}/replica.ts",
        " || (reset && cursor !== '')",
        " || (reset && cursor === '?')",
    ),
    "fork-ignored": Mutant(
        f"{_PHONE}/replica.ts",
        "  if (!reply.refusal) return\n",
        "  if (reply.refusal !== 'gap') return\n",
    ),
    "phone-acks-before-commit": Mutant(
        f"{_PHONE}/capture.ts",
        "    await keep(store, entry, photos)\n",
        "    void keep(store, entry, photos).catch(() => undefined)\n",
    ),
    "zombie-drain": Mutant(
        f"{_PHONE}/round.ts",
        "  const answer = await postSync(host, requestText(context, batch, cursor))\n",
        "  const zombie = pace as Pace & { text?: string }\n"
        "  zombie.text ??= requestText(context, batch, cursor)\n"
        "  const answer = await postSync(host, zombie.text)\n"
        "  if (answer.kind === 'reply') delete zombie.text\n",
    ),
    "sends-what-is-done": Mutant(
        f"{_PHONE}/outbox.ts",
        "(await readEntries(tx)).filter(isWaiting)",
        "(await readEntries(tx)).filter((entry) => !entry.abandoned)",
    ),
    "stamps-again": Mutant(
        f"{_PHONE}/outbox.ts",
        "isStamped(entry, line) ? entry : stamped(entry, line, identity.nextSeq)",
        "stamped(entry, line, identity.nextSeq)",
    ),
    "lets-go-of-what-was-received": Mutant(
        f"{_PHONE}/keeping.ts",
        "isOver(entry, backedUp, now)))",
        "entry.verdict))",
    ),
    "receipt-of-another-phone": Mutant(
        f"{_PHONE}/replica.ts",
        "    const entry = entries.get(id)\n    if (!entry) continue\n    entry.receipt",
        "    const entry = entries.get(id) ?? [...entries.values()].find((each) => !each.receipt)\n"
        "    if (!entry) continue\n"
        "    entry.receipt",
    ),
    "filed-at-the-verdict": Mutant(
        f"{_PHONE}/entry.ts",
        "  applied: 'received',",
        "  applied: 'done',",
    ),
    "photo-told-sent": Mutant(
        f"{_PHONE}/blobs.ts",
        "  if (at.kind !== 'at') return at\n",
        "  if (at.kind !== 'at') return save(store, { ...blob, state: 'sent' }).then(() => at)\n",
    ),
    "page-moves-past-receipts": Mutant(
        f"{_PHONE}/replica.ts",
        "const from = held ? { cursor: '' } : {}",
        "const from = held < 0 ? { cursor: '' } : {}",
    ),
    "remove-ignored": Mutant(
        f"{_PHONE}/rows.ts",
        "[...(reply.changes.remove ?? []), ...(reply.changes.delete ?? [])]",
        "[...(reply.changes.delete ?? [])]",
    ),
    "replays-what-is-contained": Mutant(
        f"{_PHONE}/entry.ts",
        "(entry.verdict.detail.sequence ?? 0) <= pulled",
        "(entry.verdict.detail.sequence ?? 0) > pulled",
    ),
    "cursor-before-rows": Mutant(
        f"{_PHONE}/round.ts",
        "  await apply(store, {",
        "  await store.write(['meta'], async (tx) => {\n"
        "    const { pull } = context.kept()\n"
        "    const ahead = { ...pull, cursor: reply.changes.cursor }\n"
        "    if (pull) tx.objectStore('meta').put(ahead, 'pull')\n"
        "  })\n"
        "  await apply(store, {",
    ),
    "no-dedupe": Mutant(
        "sync/push.py",
        "    known = state.stored.get(mutation.id)\n    if known is not None:\n",
        "    known = state.stored.get(mutation.id)\n"
        "    if known is not None and known.payload_hash == submitted.payload_hash:\n"
        "        again = _decided(state, actor, submitted)\n"
        "        intents = [*plan.intents]\n"
        "        detail = _absorb(state, plan, actor, mutation, again)\n"
        "        plan.intents = intents\n"
        "        return Verdict(mutation.id, again.outcome, detail)\n"
        "    if known is not None:\n",
    ),
    "refusals-leave-no-trace": Mutant(
        "sync/push.py",
        "    if replica is not None or _changes(decision):\n",
        "    if _changes(decision):\n",
    ),
    "photo-named-by-its-try": Mutant(
        "backend/store/attachments.py",
        "        return f\"{self.mutation}.{'jpg' if",
        "        return f\"{self.mutation}-{self.lane.due_at}.{'jpg' if",
        by_phones=True,
    ),
    "attached-before-read-back": Mutant(
        "backend/store/attachments.py",
        "        return Recorded(frozenset())\n    return _tell(conn, [mutation_id], Fate.REFUSED",
        "        return record_attached(conn, mutation_id, after.due_at, now_ms)\n"
        "    return _tell(conn, [mutation_id], Fate.REFUSED",
        by_phones=True,
    ),
    "gate-bypassed": Mutant(
        "sync/decide.py",
        "    if not missing_evidence(after):\n",
        "    if after:\n",
    ),
    "outbox-outside-the-transaction": Mutant(
        "backend/store/apply.py",
        "    enqueue(conn, plan.intents, clock.now_ms)\n",
        "    if plan.intents:\n"
        '        conn.exec_driver_sql("COMMIT")\n'
        '        conn.exec_driver_sql("BEGIN IMMEDIATE")\n'
        "    enqueue(conn, plan.intents, clock.now_ms)\n",
    ),
    "receipt-before-the-delivery": Mutant(
        "backend/store/lanes.py",
        "    own = uuid.uuid4().hex\n",
        "    told = [(each, Fate.FILED, '') for each in claimed.entries]\n"
        "    write_receipts(conn, told, now_ms)\n"
        "    own = uuid.uuid4().hex\n",
    ),
    "receipt-before-read-back": Mutant(
        "sync/upstream.py",
        """    return [
        field
        for field, value in write.items()
        if not (""",
        """    return [
        field
        for field, value in write.items()
        if field not in seen and not (""",
    ),
    "echo-applied": Mutant(
        "backend/store/outbox.py",
        "found.setdefault((row.key, row.path), []).append(msgspec.json.decode(row.value))",
        "found.pop((row.key, row.path), None)",
    ),
    "forgets-the-shadow": Mutant(
        "backend/store/shadows.py",
        "    upsert(conn, shadow, rows)\n",
        "    upsert(conn, shadow, [row for row in rows if not load_shadows(conn, row['doctype'], "
        "[row['name']])])\n",
    ),
    "lane-out-of-order": Mutant(
        "backend/store/outbox.py",
        "    .order_by(outbox.c.id)\n",
        "    .order_by(outbox.c.id.desc())\n",
    ),
    "held-work-leaks": Mutant(
        "backend/store/outbox.py",
        "or_(mutation.c.outcome != Outcome.HELD.value, _IS_RELEASED)",
        "or_(mutation.c.outcome != '', _IS_RELEASED)",
    ),
    "files-the-whole-lane": Mutant(
        "backend/store/lanes.py",
        'update(outbox).where(outbox.c.id == bindparam("id_"))',
        'update(outbox).where(outbox.c.lane == key, outbox.c.fate.is_(None), bindparam("id_") > 0)',
    ),
    "parked-for-ever": Mutant(
        "backend/store/lanes.py",
        "    parked = lane.c.key == key, lane.c.state == LaneState.PARKED.value\n",
        "    parked = lane.c.key == key, lane.c.state == LaneState.WAITING.value\n",
    ),
    "claim-for-ever": Mutant(
        "backend/store/lanes.py",
        "    for state in (LaneState.DUE, LaneState.CLAIMED):\n",
        "    for state in (LaneState.DUE,):\n",
    ),
    "verdict-before-commit": Mutant(
        "backend/store/writer.py",
        "            self._tell(conn, frozenset(poked))\n",
        "            self._tell(conn, frozenset(poked))\n"
        "            _resolve(batch)\n"
        "            for work in batch:\n"
        "                work.future = Future()\n",
    ),
}


def patched(mutant: Mutant, into: Path) -> None:
    """Make a copy of this tree as far as a run needs it, in the folder `into`, with the fault."""
    ignored = shutil.ignore_patterns("node_modules", "dist", "__pycache__")
    for name in _PARTS:
        shutil.copytree(ROOT / name, into / name, ignore=ignored)
    (into / "pwa/node_modules").symlink_to(ROOT / "pwa/node_modules")
    file = into / mutant.file
    text = file.read_text()
    if text.count(mutant.before) != 1:
        raise ValueError(f"{mutant.file} has {text.count(mutant.before)} times {mutant.before!r}")
    file.write_text(text.replace(mutant.before, mutant.after))
