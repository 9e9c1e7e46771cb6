"""Group read: while a read is under way, the next ones gather and are then read together.

A read that finds nothing under way starts at once, or under load within milliseconds. Nobody gets an answer from a read
that began before they asked, so whoever has written sees it. And nobody waits long for a slow read of others: after a
hundredth of a second the next one begins beside it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

from service_kit.batching.window import Window
from service_kit.errors import Lost

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_KEYS = 32
_PATIENCE_SECONDS = 0.01
# So many batches are under way at most, each on a connection of its own.
_MAX_BATCHES = 4


class SharedReads(Generic[Key, Value]):
    """Hands keys to `read` in batches of at most so many; it gives the values that there are.

    An error of a batch is everybody's in it. Lost is also for who waits behind it, since they would wait as long
    as the batch did and hear the same.
    """

    def __init__(self, read: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Value]]], keys: int = _KEYS) -> None:
        self._read = read
        self._keys = keys
        self._waiting: dict[Key, list[asyncio.Future[Value | None]]] = {}
        self._callers = 0
        self._window = Window()
        self._running: asyncio.Task[None] | None = None
        self._batches: set[asyncio.Task[None]] = set()
        self._paused: asyncio.Future[None] | None = None

    async def get(self, key: Key) -> Value | None:
        """The value of the key, None when there is none. Cancelling it leaves the others alone."""
        result: asyncio.Future[Value | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(result)
        self._callers += 1
        self._window.arrive()
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await result

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._window.gather(self._callers)
                batch = asyncio.create_task(self._read_batch())
                self._batches.add(batch)
                batch.add_done_callback(self._ended)
                await self._pause()
        finally:
            self._running = None

    async def _pause(self) -> None:
        """Returns when a batch has ended, or there is no more patience and room for one more."""
        loop = asyncio.get_running_loop()
        self._paused = loop.create_future()
        timer = loop.call_later(_PATIENCE_SECONDS, self._go_on) if len(self._batches) < _MAX_BATCHES else None
        await self._paused
        if timer is not None:
            timer.cancel()

    def _ended(self, batch: asyncio.Task[None]) -> None:
        self._batches.discard(batch)
        self._go_on()

    def _go_on(self) -> None:
        if self._paused is not None and not self._paused.done():
            self._paused.set_result(None)

    async def _read_batch(self) -> None:
        # Those who asked first.
        keys = list(islice(self._waiting, self._keys))
        batch = [(key, result) for key in keys for result in self._waiting.pop(key)]
        self._callers -= len(batch)
        try:
            values = await self._read(keys)
        except Exception as error:
            if isinstance(error, Lost):
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
        self._window.end(len(batch), self._callers)
