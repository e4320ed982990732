"""Faults of the engine and of the store."""

from typing import Final

from tests.simulation.mutants.mutant import Mutant

OF_SERVER: Final[dict[str, Mutant]] = {
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
    "merges-a-change-too-many": Mutant(
        "sync/merge.py",
        "    if present.foreign_to(writer) <= base:\n        return TAKE\n",
        "    if present.foreign_to(writer) <= base + 1:\n        return TAKE\n",
    ),
    "anybody-may-write": Mutant(
        "sync/rights.py",
        '    return "" if was_his and mutation.kind in FACTS else "unknown-record"',
        '    return ""',
    ),
    "choice-writes-nothing": Mutant(
        "sync/conflicts.py",
        "    return {} if conflict.path == DELETED else {conflict.path: conflict.mine}",
        "    return {}",
    ),
    "chosen-twice": Mutant(
        "sync/conflicts.py",
        '    if conflict.closed_at:\n        return Decision(Outcome.NOOP, "already-resolved")\n',
        '    if not conflict:\n        return Decision(Outcome.NOOP, "already-resolved")\n',
    ),
    "facts-of-lost-work-dropped": Mutant(
        "sync/decide.py",
        "facts = status_facts(mutation, present, actor.name)",
        "facts = {}",
    ),
    "overtaken-work-refused": Mutant(
        "sync/decide.py",
        '    if fault.code == "illegal-step" and moved:\n',
        '    if fault.code == "illegal-step" and not moved:\n',
    ),
    "steers-what-was-taken-away": Mutant(
        "sync/decide.py",
        "    if not state.holds(actor.id, mutation.key) and _moves_status(actor, mutation):\n",
        "    if not state.records and _moves_status(actor, mutation):\n",
    ),
    "upstream-overrules-in-silence": Mutant(
        "sync/upstream_mutation.py",
        "if path in pending and present is not None and not _is_overtaken(policy, present, value):",
        "if path in pending and present is None:",
    ),
    "conflict-goes-stale": Mutant(
        "sync/push.py",
        "        if open_ is not None:\n",
        "        if open_ is not None and open_.closed_at:\n",
    ),
    "one-receipt-for-all": Mutant(
        "backend/store/receipts.py",
        "    mine = [each for each in told if each[0].technician]",
        "    mine = [each for each in told if each[0].technician][:1]",
    ),
    "lost-value-told-as-filed": Mutant(
        "backend/store/lanes.py",
        "Fate.CONFLICT if each.id in lost else Fate.FILED",
        "Fate.FILED",
    ),
    "leaving-not-told": Mutant(
        "backend/store/scopes.py",
        "    _leave(conn, held - still, sequence)\n",
        "    _leave(conn, held - still, 1)\n",
    ),
    "page-skips": Mutant(
        "backend/store/pull.py",
        "upto = page[-1].sequence if more else head.sequence",
        "upto = head.sequence",
    ),
}
