"""What a process takes on at once: unary calls, and streams with a finite life."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import TypeVar

from service_kit.errors import ResourceExhausted, Unavailable

_Message = TypeVar("_Message")


class TooManyCalls(ResourceExhausted):
    """As many unary calls are at work as may be."""

    reason = "TOO_MANY_CALLS"
    retry_after = 0.1

    def __init__(self) -> None:
        super().__init__("too many calls at once")


class TooManyStreams(ResourceExhausted):
    """As many streams are open as may be."""

    reason = "TOO_MANY_STREAMS"

    def __init__(self) -> None:
        super().__init__("too many streams at once")


class StreamLifeOver(Unavailable):
    """A stream has lasted as long as any may; the next may begin at once."""

    reason = "STREAM_LIFE_OVER"
    retry_after = 0.0

    def __init__(self) -> None:
        super().__init__("stream life over: reconnect")


class Draining(Unavailable):
    """The server is about to stop; another takes the next stream at once."""

    reason = "DRAINING"
    retry_after = 0.0

    def __init__(self) -> None:
        super().__init__("draining: reconnect")


class CallLimit:
    """Counts the unary calls at work. Beyond the maximum a call is refused at once instead of queued."""

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self.active = 0


class Stream:
    """The life of one streaming call: it ends at a time, or when the server drains."""

    def __init__(self, loop: asyncio.AbstractEventLoop, life_seconds: float) -> None:
        self._loop = loop
        self._end_at = loop.time() + life_seconds
        self._ending: Unavailable = StreamLifeOver()
        self._wait: asyncio.Timeout | None = None

    async def next(self, messages: AsyncIterator[_Message]) -> _Message:
        """The next message. Raises Unavailable when the stream's life is over, StopAsyncIteration at its own end."""
        if self._loop.time() >= self._end_at:
            raise self._ending
        wait = self._wait = asyncio.timeout_at(self._end_at)
        try:
            async with wait:
                return await anext(messages)
        except TimeoutError:
            if wait.expired():
                raise self._ending from None
            raise
        finally:
            self._wait = None

    def end(self, ending: Unavailable) -> None:
        """Ends the stream with this status as soon as it waits."""
        self._ending = ending
        self._end_at = self._loop.time()
        if self._wait is not None:
            self._wait.reschedule(self._end_at)


class Streams:
    """The streams of a process.

    `life_seconds` bounds each; up to a fifth is taken off by chance, so that streams opened together end apart.
    """

    def __init__(self, maximum: int, life_seconds: float) -> None:
        self._maximum = maximum
        self._life = life_seconds
        self._active: set[Stream] = set()
        self._ending: Unavailable | None = None

    @property
    def active(self) -> int:
        """Streams that are open."""
        return len(self._active)

    @contextmanager
    def opened(self) -> Iterator[Stream]:
        """A stream for the length of a block. Raises ResourceExhausted, and Unavailable while draining."""
        if self._ending is not None:
            raise self._ending
        if len(self._active) >= self._maximum:
            raise TooManyStreams
        life = self._life * random.uniform(0.8, 1.0)  # noqa: S311  (spreading, not secrecy)
        stream = Stream(asyncio.get_running_loop(), life)
        self._active.add(stream)
        try:
            yield stream
        finally:
            self._active.discard(stream)

    def drain(self) -> None:
        """Ends every stream, and refuses new ones."""
        self._ending = Draining()
        for stream in list(self._active):
            stream.end(self._ending)
