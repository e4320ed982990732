"""ERPNext, the source of truth: what Terrain reads there, writes there, and asks of the site.

`worker.py` runs all of it; `tools.py` is what every part is given. Where to find what:

Which field is which cell: `erpnext.toml`, read by `mapping.py`; a single value by `values.py`;
    what is told and never read by `told.py`.
How ERPNext is spoken to: `client.py`; `answers.py` tells its errors apart; `whole.py` reads many
    documents by few requests.
How a change comes in: `polls.py` drives `inbound.py`, `deletions.py` and, at night, `sweep.py`;
    `renames.py` follows documents; `hints.py` takes webhooks. All of them end in `reading.py`
    (a document as cells) and `taking.py` (one transaction).
How work goes out: `deliveries.py` claims lanes for `outbound.py` (one), `batch.py` (many) or
    `creating.py` (a document to be made); `writing.py` says what a document must hold, `ledger.py`
    notes the mutations. Photos: `attachments.py`. Conflicts: `todos.py`.
What becomes of what failed: `attempt.py`; whether anybody may call: `availability.py`.
Whether the site fits: `check/`. What it lacks: `install/`. Both by `console.py`.

A phone hears that its work is on file only after the document was read back.
"""
