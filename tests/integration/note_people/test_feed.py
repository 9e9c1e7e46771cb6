from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from note_svc.people.cache import UserCache
from note_svc.people.feed import UserFeed
from notewire_proto.user_pb2 import UserChange, UserDeleted, WatchUsersResponse
from service_kit.errors import Unavailable
from service_kit.ids import new_id
from tests.integration.note_people.user_directory import Directory, served


class Removals:
    """The durable side of the feed, in memory; fails so many times first."""

    def __init__(self, position: int = 0, failures: int = 0) -> None:
        self.at = position
        self.failures = failures
        self.removed: list[UUID] = []

    async def position(self) -> int:
        return self.at

    async def advance(self, position: int) -> None:
        self.at = max(self.at, position)

    async def start_over(self) -> None:
        self.at = 0

    async def remove(self, user_id: UUID, position: int) -> bool:
        if self.failures:
            self.failures -= 1
            raise Unavailable("the database does not answer")
        self.removed.append(user_id)
        await self.advance(position)
        return True


@asynccontextmanager
async def following(directory: Directory, removals: Removals, cache: UserCache) -> AsyncIterator[UserFeed]:
    async with served(directory) as stub:
        feed = UserFeed(stub.WatchUsers, cache, removals)
        task = asyncio.create_task(feed.run())
        yield feed
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def deletion(user_id: UUID, position: int) -> WatchUsersResponse:
    change = UserChange(position=position, user_id=str(user_id), deleted=UserDeleted())
    return WatchUsersResponse(position=position, changes=[change])


async def test_it_starts_at_the_durable_position_and_goes_on_where_the_stream_ended() -> None:
    directory, removals, cache = Directory(), Removals(position=7), UserCache(time.monotonic)
    async with following(directory, removals, cache), asyncio.timeout(10):
        directory.steps.put_nowait(WatchUsersResponse(position=9))
        directory.steps.put_nowait(None)
        while len(directory.watched_after) < 2:
            await asyncio.sleep(0.01)
        assert directory.watched_after == [7, 9]
        assert (cache.position, cache.fresh) == (9, True)
        while removals.at < 9:
            await asyncio.sleep(0.01)


async def test_removals_keep_their_order_and_wait_for_the_database_while_names_go_on() -> None:
    directory, removals, cache = Directory(), Removals(failures=1), UserCache(time.monotonic)
    gone = [new_id() for _ in range(3)]
    async with following(directory, removals, cache), asyncio.timeout(10):
        for position, user_id in enumerate(gone, start=1):
            directory.steps.put_nowait(deletion(user_id, position))
        directory.steps.put_nowait(WatchUsersResponse(position=50))
        while cache.position < 50:
            await asyncio.sleep(0.01)
        assert removals.removed == []
        while len(removals.removed) < 3:
            await asyncio.sleep(0.01)
        assert removals.removed == gone


async def test_a_silent_stream_is_opened_again() -> None:
    directory, cache = Directory(), UserCache(time.monotonic)
    async with following(directory, Removals(), cache) as feed, asyncio.timeout(20):
        directory.steps.put_nowait(WatchUsersResponse(position=3))
        while not feed.connected:
            await asyncio.sleep(0.01)
        while len(directory.watched_after) < 2:
            await asyncio.sleep(0.01)
        assert directory.watched_after == [0, 3]
        assert not cache.fresh


async def test_a_position_that_the_directory_does_not_know_starts_the_feed_over() -> None:
    directory, removals = Directory(), Removals(position=500)
    directory.highest_position = 4
    async with following(directory, removals, UserCache(time.monotonic)), asyncio.timeout(10):
        while len(directory.watched_after) < 2:
            await asyncio.sleep(0.01)
        assert directory.watched_after == [500, 0]
        gone = new_id()
        directory.steps.put_nowait(deletion(gone, 4))
        while removals.removed != [gone]:
            await asyncio.sleep(0.01)
