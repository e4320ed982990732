"""Faults of the shipped sync of the phone."""

from typing import Final

from tests.simulation.mutants.mutant import PHONE, Mutant

OF_PHONE: Final[dict[str, Mutant]] = {
    "drop-on-send": Mutant(
        f"{PHONE}/outbox.ts",
        "for (const entry of entries) await asked(tx.objectStore('outbox').put(entry))",
        "for (const { n = 0 } of entries) await asked(tx.objectStore('outbox').delete(n))",
    ),
    "leaves-outbox-by-counter": Mutant(
        f"{PHONE}/replica.ts",
        "    entry.verdict = { outcome, at: now, detail }\n    changed.add(entry)\n  }",
        "    entry.verdict = { outcome, at: now, detail }\n    changed.add(entry)\n  }\n"
        "  for (const entry of entries.values()) {\n"
        "    if (!isWaiting(entry) || (entry.seq ?? Infinity) >= (reply.expect ?? 0)) continue\n"
        "    entry.verdict = { outcome: 'applied', at: now, detail: {} }\n"
        "    changed.add(entry)\n"
        "  }",
    ),
    "scope-exit-deletes-work": Mutant(
        f"{PHONE}/rows.ts",
        "    await asked(store.delete(key))\n  }",
        "    await asked(store.delete(key))\n"
        "    const outbox = tx.objectStore('outbox')\n"
        "    for (const entry of await asked(outbox.getAll()))\n"
        "      if (entry.intent.key === key) await asked(outbox.delete(entry.n))\n"
        "  }",
    ),
    "revocation-deletes-work": Mutant(
        f"{PHONE}/replica.ts",
        "['rows', 'stage', 'removed', 'conflicts'] as const)",
        "['rows', 'stage', 'removed', 'conflicts', 'outbox'] as const)",
    ),
    "restore-ignored": Mutant(
        f"{PHONE}/replica.ts",
        "(identity.server !== '' && identity.server !== epoch) || (reset && cursor !== '')",
        "(identity.server === '?' && identity.server !== epoch) || (reset && cursor === '?')",
    ),
    "rollback-ignored": Mutant(
        f"{PHONE}/replica.ts",
        " || (reset && cursor !== '')",
        " || (reset && cursor === '?')",
    ),
    "fork-ignored": Mutant(
        f"{PHONE}/replica.ts",
        "  if (!reply.refusal) return\n",
        "  if (reply.refusal !== 'gap') return\n",
    ),
    "phone-acks-before-commit": Mutant(
        f"{PHONE}/capture.ts",
        "    await keep(store, entry, photos)\n",
        "    void keep(store, entry, photos).catch(() => undefined)\n",
    ),
    "zombie-drain": Mutant(
        f"{PHONE}/round.ts",
        "  const answer = await postSync(host, requestText(context, batch, cursor))\n",
        "  const zombie = pace as Pace & { text?: string }\n"
        "  zombie.text ??= requestText(context, batch, cursor)\n"
        "  const answer = await postSync(host, zombie.text)\n"
        "  if (answer.kind === 'reply') delete zombie.text\n",
    ),
    "sends-what-is-done": Mutant(
        f"{PHONE}/outbox.ts",
        "(await readEntries(tx)).filter(isWaiting)",
        "(await readEntries(tx)).filter((entry) => !entry.abandoned)",
    ),
    "stamps-again": Mutant(
        f"{PHONE}/outbox.ts",
        "isStamped(entry, line) ? entry : stamped(entry, line, identity.nextSeq)",
        "stamped(entry, line, identity.nextSeq)",
    ),
    "lets-go-of-what-was-received": Mutant(
        f"{PHONE}/keeping.ts",
        "isOver(entry, backedUp, now)))",
        "entry.verdict))",
    ),
    "receipt-of-another-phone": Mutant(
        f"{PHONE}/replica.ts",
        "    const entry = entries.get(id)\n    if (!entry) continue\n    entry.receipt",
        "    const entry = entries.get(id) ?? [...entries.values()].find((each) => !each.receipt)\n"
        "    if (!entry) continue\n"
        "    entry.receipt",
    ),
    "filed-at-the-verdict": Mutant(
        f"{PHONE}/entry.ts",
        "  applied: 'received',",
        "  applied: 'done',",
    ),
    "photo-told-sent": Mutant(
        f"{PHONE}/blobs.ts",
        "  if (at.kind !== 'at') return at\n",
        "  if (at.kind !== 'at') return save(store, { ...blob, state: 'sent' }).then(() => at)\n",
    ),
    "page-moves-past-receipts": Mutant(
        f"{PHONE}/replica.ts",
        "const from = held ? { cursor: '' } : {}",
        "const from = held < 0 ? { cursor: '' } : {}",
    ),
    "remove-ignored": Mutant(
        f"{PHONE}/rows.ts",
        "[...(reply.changes.remove ?? []), ...(reply.changes.delete ?? [])]",
        "[...(reply.changes.delete ?? [])]",
    ),
    "replays-what-is-contained": Mutant(
        f"{PHONE}/entry.ts",
        "(entry.verdict.detail.sequence ?? 0) <= pulled",
        "(entry.verdict.detail.sequence ?? 0) > pulled",
    ),
    "cursor-before-rows": Mutant(
        f"{PHONE}/round.ts",
        "  await apply(store, {",
        "  await store.write(['meta'], async (tx) => {\n"
        "    const { pull } = context.kept()\n"
        "    const ahead = { ...pull, cursor: reply.changes.cursor }\n"
        "    if (pull) tx.objectStore('meta').put(ahead, 'pull')\n"
        "  })\n"
        "  await apply(store, {",
    ),
    "fork-keeps-its-epoch": Mutant(
        f"{PHONE}/replica.ts",
        "  identity.epoch += 1\n",
        "  identity.epoch += 0\n",
    ),
    "old-rows-stay": Mutant(
        f"{PHONE}/rows.ts",
        "  await asked(rows.clear())\n",
        "",
    ),
    "any-refusal-is-unreadable": Mutant(
        f"{PHONE}/round.ts",
        "batch?.entries.length && isAboutContent(answer)",
        "batch?.entries.length && answer.status >= 400",
    ),
    "withdraws-what-has-left": Mutant(
        f"{PHONE}/outbox.ts",
        "      if (entry.seq !== undefined && !entry.verdict) return false\n",
        "",
    ),
    "mirrored-work-comes-later": Mutant(
        f"{PHONE}/capture.ts",
        "    await mirror.absorb(store)\n",
        "",
    ),
}
