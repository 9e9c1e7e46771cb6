"""What other services may ask: the people by id, and the feed of their changes."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Protocol
from uuid import UUID

from service_kit.errors import InvalidArgument
from service_kit.rpc.caller import Call
from user_svc.domain.change import Changes
from user_svc.domain.user import User

# The contract says at least twice a second; a read of the database comes before each.
HEARTBEAT_SECONDS = 0.4


class Feed(Protocol):
    """Where changes are kept. Every method raises Unavailable when that does not answer."""

    async def head(self) -> int:
        """The newest position."""

    async def read(self, after: int) -> Changes:
        """The changes after a position."""

    async def users(self, ids: Sequence[UUID]) -> tuple[int, list[User]]:
        """Those of the people who exist, and the position that they are at least as new as."""


class Signal(Protocol):
    """What wakes who waits for the feed to move."""

    def next_move(self) -> asyncio.Event:
        """An event that is set by the next change."""


class DirectoryActions:
    """The use cases of other services."""

    def __init__(self, feed: Feed, signal: Signal) -> None:
        self._feed = feed
        self._signal = signal

    async def users(self, call: Call, ids: Sequence[UUID]) -> tuple[int, list[User]]:
        """Those of the people who exist, and the position that they are at least as new as."""
        return await self._feed.users(ids)

    async def changes(self, call: Call, after: int | None) -> AsyncGenerator[Changes, None]:
        """What follows a position, or what comes from now on. It never ends; a step may be empty.

        Each step is read from the database, so it says that nothing was missed until then. Raises InvalidArgument for a
        position that never was.
        """
        head = await self._feed.head()
        position = head if after is None else after
        if not 0 <= position <= head:
            raise InvalidArgument.of("after_position", "is not a position of this feed")
        while True:
            moved = self._signal.next_move()
            found = await self._feed.read(position)
            position = max(position, found.position)
            yield found._replace(position=position)
            if not found.more:
                await _wait(moved, HEARTBEAT_SECONDS)


async def _wait(moved: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await moved.wait()
    except TimeoutError:
        return
