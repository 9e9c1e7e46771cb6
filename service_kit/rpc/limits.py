"""What a process takes on at once: unary calls, and streams with a finite life."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from service_kit.errors import ResourceExhausted, Unavailable

# Longer than a network takes to come back, shorter than anybody should wait for a client that has stopped reading.
SEND_SECONDS = 20.0

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


class SlowReader(ResourceExhausted):
    """A message was not taken in time; the stream ends, so that it holds nothing any more."""

    reason = "SLOW_READER"

    def __init__(self) -> None:
        super().__init__("messages are read too slowly: reconnect")


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
    """The life of one streaming call: it ends at a time, when the server drains, or when its client does not read."""

    def __init__(self, loop: asyncio.AbstractEventLoop, life_seconds: float, send_seconds: float) -> None:
        self._loop = loop
        self._send_seconds = send_seconds
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

    async def send(self, writing: Awaitable[None]) -> None:
        """Writes a message. Raises SlowReader when it is not taken in time, Unavailable when the life is over."""
        wait = self._wait = asyncio.timeout_at(min(self._end_at, self._loop.time() + self._send_seconds))
        try:
            async with wait:
                await writing
        except TimeoutError:
            if not wait.expired():
                raise
            over = self._loop.time() >= self._end_at
            raise (self._ending if over else SlowReader()) from None
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

    `life_seconds` bounds each; up to a fifth is taken off by chance, so that streams opened together end apart. A
    client has `send_seconds` to take each message.
    """

    def __init__(self, maximum: int, life_seconds: float, send_seconds: float = SEND_SECONDS) -> None:
        self._maximum = maximum
        self._send_seconds = send_seconds
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
        stream = Stream(asyncio.get_running_loop(), life, self._send_seconds)
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
