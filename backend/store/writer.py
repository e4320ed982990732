"""The one writer of a process: a thread that commits many callers' work in one transaction.

It drains what is waiting, opens one transaction, lets each piece of work run, commits, then
resolves every caller. FULL durability costs nothing once callers share a commit. A caller that
is cancelled never cancels a commit: its work is done all the same, and the mutation id answers
the repeated request.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from backend import metrics
from backend.errors import AppError, Busy, StorageFailed
from backend.log import log
from backend.store.apply import Push, apply_pushes
from backend.store.clock import Clock
from backend.store.disk import is_contention, storage_fault
from backend.store.engine import bound_wal, reopen
from sync.push import Answer

QUEUE_LIMIT: Final = 2000
BATCH_LIMIT: Final = 200
TRIES: Final = 3

Result = TypeVar("Result")


@dataclass
class _Work:
    run: Callable[[Connection], Any] | Push
    future: Future[Any] = field(default_factory=Future)
    value: Any = None
    error: BaseException | None = None


class Writer:
    """Owns the only writing connection; `start` before use, `stop` commits what is queued.

    `clock` gives the instant and the site's date, once a transaction; `on_commit` is called in
    the writer's thread with the technicians whose phones should be poked; `check_space` raises
    DiskFull while no push may be taken; `tell` tells the technicians to the other processes,
    within the transaction.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], Clock],
        on_commit: Callable[[frozenset[str]], None],
        check_space: Callable[[], None] = lambda: None,
        tell: Callable[[Connection, frozenset[str]], None] = lambda _conn, _poked: None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._on_commit = on_commit
        self._check_space = check_space
        self._tell = tell
        self._trouble: AppError | None = None
        self._queue: queue.Queue[_Work | None] = queue.Queue(QUEUE_LIMIT)
        self._thread = threading.Thread(target=self._serve, name="writer", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is queued, then close the connection."""
        self._queue.put(None)
        self._thread.join()
        self._engine.dispose()

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """Run a store function inside a write transaction; gives its result once committed.

        Raises what the function raised (its own effects are then rolled back), Busy, DiskFull or
        StorageFailed.
        """
        result: Result = await self._submit(_Work(work))
        return result

    async def push(self, push: Push) -> Answer:
        """Apply one replica's batch together with whatever else is waiting.

        Raises Busy, DiskFull or StorageFailed: the phone keeps the batch and sends it again.
        """
        self._check_space()
        answer: Answer = await self._submit(_Work(push))
        return answer

    async def _submit(self, work: _Work) -> Any:
        try:
            self._queue.put_nowait(work)
        except queue.Full:
            raise Busy from None
        return await asyncio.shield(asyncio.wrap_future(work.future))

    def _serve(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            while len(batch) < BATCH_LIMIT and not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    self._commit(batch)
                    return
                batch.append(following)
            self._commit(batch)
            self._bound_wal()

    def _bound_wal(self) -> None:
        """The callers have their answers; one who comes now waits for it."""
        try:
            bound_wal(self._engine)
        except (DBAPIError, OSError, sqlite3.Error) as error:
            log.warning("the log of the database stays long", extra={"kind": type(error).__name__})

    def _commit(self, batch: Sequence[_Work]) -> None:
        poked: frozenset[str] = frozenset()
        try:
            poked = self._attempt_again(batch)
            self._say(None)
        except Exception as error:  # noqa: BLE001  (a dead writer would hang every caller for ever)
            fault = storage_fault(error)
            if fault is None and len(batch) > 1:
                # One of them broke the shared transaction: find which, alone and in order.
                for work in batch:
                    self._commit([work])
                return
            self._refuse(batch, error, fault)
        self._on_commit(poked)
        metrics.BATCHES.observe(len(batch))
        now_ms = self._clock().now_ms
        for work in batch:
            _count(work, now_ms)
        _resolve(batch)

    def _refuse(self, batch: Sequence[_Work], error: Exception, fault: AppError | None) -> None:
        """After a fault of the disk nothing is tried again here: a commit that failed may be there
        all the same, and only its callers know whether asking twice does no harm."""
        if fault is None:
            log.error("write failed", extra={"kind": type(error).__name__})
            batch[0].error = error
            return
        self._say(fault)
        for work in batch:
            work.error = type(fault)(fault.reason)

    def _say(self, trouble: AppError | None) -> None:
        """One line when nothing can be written any more, one when it can again."""
        if trouble is not None and self._trouble is None:
            log.error("nothing can be written", extra={"code": trouble.code, "why": trouble.reason})
        if trouble is None and self._trouble is not None:
            log.info("writing again")
        self._trouble = trouble

    def _attempt_again(self, batch: Sequence[_Work]) -> frozenset[str]:
        """Other processes write too: what one of them was in the way of is tried again."""
        for _ in range(TRIES - 1):
            try:
                return self._attempt(batch)
            except DBAPIError as error:
                if not is_contention(error):
                    raise
        return self._attempt(batch)

    def _attempt(self, batch: Sequence[_Work]) -> frozenset[str]:
        if isinstance(self._trouble, StorageFailed):
            reopen(self._engine)
        poked: set[str] = set()
        clock = self._clock()
        with self._engine.begin() as conn:
            for group in _groups(batch):
                if isinstance(group[0].run, Push):
                    applied = apply_pushes(conn, [_push(work) for work in group], clock)
                    poked |= applied.poked
                    for work, answer in zip(group, applied.answers, strict=True):
                        work.value = answer
                else:
                    poked |= _run_alone(conn, group[0])
            self._tell(conn, frozenset(poked))
        return frozenset(poked)


def _groups(batch: Sequence[_Work]) -> list[list[_Work]]:
    """Neighbouring pushes together, each function alone, in the order they came."""
    groups: list[list[_Work]] = []
    for work in batch:
        together = groups and isinstance(work.run, Push) and isinstance(groups[-1][0].run, Push)
        if together:
            groups[-1].append(work)
        else:
            groups.append([work])
    return groups


def _push(work: _Work) -> Push:
    assert isinstance(work.run, Push)  # noqa: S101  (_groups put only pushes together)
    return work.run


def _run_alone(conn: Connection, work: _Work) -> frozenset[str]:
    assert not isinstance(work.run, Push)  # noqa: S101  (_groups)
    work.error = None
    try:
        with conn.begin_nested():
            work.value = work.run(conn)
    except DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001  (handed to its caller, the others go on)
        work.error = error
    return getattr(work.value, "poked", frozenset())


def _count(work: _Work, now_ms: int) -> None:
    if not isinstance(work.run, Push) or work.error is not None:
        return
    made = {each.mutation.id: each.mutation.made_at for each in work.run.batch}
    for verdict in work.value.verdicts:
        metrics.VERDICTS.labels(verdict.outcome.value).inc()
        metrics.RECEIVED.observe(max(0, now_ms - made.get(verdict.id, now_ms)) / 1000)


def _resolve(batch: Sequence[_Work]) -> None:
    for work in batch:
        if work.error is not None:
            work.future.set_exception(work.error)
        else:
            work.future.set_result(work.value)
