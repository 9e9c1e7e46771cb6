"""Group read: while a read is under way, the next ones gather and are then read together.

A read that finds nothing under way starts at once, or under load within milliseconds. Nobody gets an answer from a read
that began before they asked, so whoever has written sees it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

from service_kit.company import Company
from service_kit.errors import Unavailable

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_KEYS = 32


class GroupRead(Generic[Key, Value]):
    """Hands keys to `read` in batches; it gives the values that there are.

    An error of a batch is everybody's in it. Unavailable is also for who waits behind it, since they would wait as long
    as the batch did and hear the same.
    """

    def __init__(self, read: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Value]]]) -> None:
        self._read = read
        self._waiting: dict[Key, list[asyncio.Future[Value | None]]] = {}
        self._callers = 0
        self._company = Company()
        self._running: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Value | None:
        """The value of the key, None when there is none. Cancelling it leaves the others alone."""
        result: asyncio.Future[Value | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(result)
        self._callers += 1
        self._company.arrive()
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await result

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._company.gather(self._callers)
                await self._read_batch()
        finally:
            self._running = None

    async def _read_batch(self) -> None:
        # Those who asked first.
        keys = list(islice(self._waiting, _KEYS))
        batch = [(key, result) for key in keys for result in self._waiting.pop(key)]
        self._callers -= len(batch)
        try:
            values = await self._read(keys)
        except Exception as error:
            if isinstance(error, Unavailable):
                batch += [(key, result) for key, results in self._waiting.items() for result in results]
                self._waiting.clear()
                self._callers = 0
            for _, result in batch:
                if not result.done():
                    result.set_exception(error)
        else:
            for key, result in batch:
                if not result.done():
                    result.set_result(values.get(key))
        self._company.end(len(batch), self._callers)
