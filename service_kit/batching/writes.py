"""Group commit: while writes are under way, the next ones gather and are then written together.

A write that finds nothing under way starts at once, so a single caller waits no longer than without it. Under load
one statement and one flush of the log serve many callers, for whom it also waits some milliseconds. (PostgreSQL's own
commit_delay shares the flush alone.)
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from service_kit.batching.window import Window
from service_kit.errors import Lost, ServiceError

Item = TypeVar("Item")
Result = TypeVar("Result")


class Histogram(Protocol):
    """Where the sizes of batches are counted; a prometheus histogram is one."""

    def observe(self, amount: float) -> None:
        """Counts one more batch."""


class Limits(NamedTuple):
    """A batch takes `items` writes or `weight` at most, but one write always."""

    items: int = 64
    weight: int = 2 * 1024 * 1024


DEFAULT_LIMITS = Limits()


class _Waiting(Generic[Item, Result]):
    __slots__ = ("item", "result")

    def __init__(self, item: Item, result: "asyncio.Future[Result]") -> None:
        self.item = item
        self.result = result


class GroupCommit(Generic[Item, Result]):
    """Hands items to `write` in batches, one after the other.

    First come, first served, except that no two items of a batch have an equal `key`: the later one waits for the next.
    `write` gives one result for each item, in order, or the error that it ends with. When a batch fails with an error
    of the kind `undone` nothing of it was written, so its items are then written one by one, and only the faulty one
    fails; any other error fails them all. Lost is also for who waits behind it, since they would wait as long as the
    batch did and hear the same.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Awaitable[Sequence[Result | ServiceError]]],
        *,
        key: Callable[[Item], Hashable],
        weight: Callable[[Item], int],
        sizes: Histogram,
        undone: type[Exception],
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._write = write
        self._key = key
        self._weight = weight
        self._sizes = sizes
        self._undone = undone
        self._limits = limits
        self._queue: deque[_Waiting[Item, Result]] = deque()
        self._window = Window(limits.items)
        self._writing = False
        self._task: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Result:
        """The result of writing the item.

        A caller that is cancelled before its item is under way takes it back; afterwards the write goes on without it.
        """
        waiting = _Waiting[Item, Result](item, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._window.arrive()
        # Not whether the task is done: it is some time after its last look at the queue.
        if not self._writing:
            self._writing = True
            self._task = asyncio.create_task(self._run())
        return await waiting.result

    async def _run(self) -> None:
        try:
            while self._queue:
                await self._window.gather(len(self._queue))
                if not (batch := self._take()):
                    break
                await self._write_batch(batch)
                self._window.end(len(batch), len(self._queue))
        finally:
            self._writing = False

    def _take(self) -> list[_Waiting[Item, Result]]:
        """The next batch."""
        batch: list[_Waiting[Item, Result]] = []
        passed_over: list[_Waiting[Item, Result]] = []
        keys: set[Hashable] = set()
        weight = 0
        while self._queue and len(batch) < self._limits.items:
            waiting = self._queue.popleft()
            if waiting.result.done():
                continue
            key = self._key(waiting.item)
            if key in keys:
                passed_over.append(waiting)
                continue
            weight += self._weight(waiting.item)
            if batch and weight > self._limits.weight:
                self._queue.appendleft(waiting)
                break
            keys.add(key)
            batch.append(waiting)
        self._queue.extendleft(reversed(passed_over))
        return batch

    async def _write_batch(self, batch: list[_Waiting[Item, Result]]) -> None:
        self._sizes.observe(len(batch))
        try:
            results = await self._write([waiting.item for waiting in batch])
            for waiting, result in zip(batch, results, strict=True):
                if waiting.result.done():
                    continue
                if isinstance(result, ServiceError):
                    waiting.result.set_exception(result)
                else:
                    waiting.result.set_result(result)
        except self._undone as error:
            if len(batch) == 1:
                _fail(batch, error)
            else:
                for waiting in batch:
                    await self._write_batch([waiting])
        except Exception as error:
            _fail(batch, error)
            if isinstance(error, Lost):
                _fail(self._queue, error)
                self._queue.clear()


def _fail(batch: Iterable[_Waiting[Item, Result]], error: Exception) -> None:
    for waiting in batch:
        if not waiting.result.done():
            waiting.result.set_exception(error)
