from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from prometheus_client import CollectorRegistry

from note_svc.domain.feed_position import FeedBegunAnew, FeedPosition
from note_svc.people.cache import UserCache
from note_svc.people.feed import UserFeed
from note_svc.people.removals import Removals
from notewire_proto.user_pb2 import UserChange, UserDeleted, WatchUsersResponse
from service_kit.errors import Unavailable
from service_kit.ids import new_id
from service_kit.process.supervisor import Supervisor
from tests.integration.note_people.user_directory import Directory, served


class Store:
    """The durable side of the feed, in memory; fails so many times first."""

    def __init__(self, position: int = 0, cursor: str = "", failures: int = 0) -> None:
        self.at = FeedPosition(position, cursor, 0, begun_anew=False)
        self.failures = failures
        self.removed: list[UUID] = []
        self.tombstoned: set[UUID] = set()

    async def position(self) -> FeedPosition:
        return self.at

    async def advance(self, at: FeedPosition) -> None:
        if at.generation != self.at.generation:
            raise FeedBegunAnew
        self.at = self.at._replace(position=max(self.at.position, at.position), cursor=at.cursor)

    async def begin_anew(self, at: FeedPosition) -> None:
        if at.generation == self.at.generation:
            self.at = FeedPosition(0, "", at.generation + 1, begun_anew=True)

    async def remove(self, user_id: UUID, at: FeedPosition) -> bool:
        if self.failures:
            self.failures -= 1
            raise Unavailable("the database does not answer")
        if at.generation != self.at.generation:
            raise FeedBegunAnew
        self.removed.append(user_id)
        self.tombstoned.add(user_id)
        self.at = self.at._replace(position=max(self.at.position, at.position))
        return True

    async def tombstones(self, after: UUID, limit: int) -> list[UUID]:
        return sorted(user_id for user_id in self.tombstoned if user_id > after)[: min(limit, 2)]

    async def lift_tombstones(self, generation: int, user_ids: Sequence[UUID]) -> list[UUID]:
        self.tombstoned -= set(user_ids)
        self.at = self.at._replace(begun_anew=False)
        return list(user_ids)


@asynccontextmanager
async def following(directory: Directory, store: Store, cache: UserCache) -> AsyncIterator[UserFeed]:
    """The works of a process that follows."""
    supervisor = Supervisor(CollectorRegistry())
    async with served(directory) as stub:
        removals = Removals(store)
        feed = UserFeed(stub, cache, store, removals)
        works = {"feed": feed.run, "removals": removals.run}
        tasks: list[asyncio.Task[None]] = [
            asyncio.create_task(supervisor.keep(name, work)) for name, work in works.items()
        ]
        yield feed
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def heartbeat(position: int, *, complete: bool = True) -> WatchUsersResponse:
    return WatchUsersResponse(position=position, cursor=f"@{position}", complete=complete)


def deletion(user_id: UUID, position: int) -> WatchUsersResponse:
    change = UserChange(position=position, user_id=str(user_id), deleted=UserDeleted())
    return WatchUsersResponse(position=position, changes=[change], cursor=f"@{position}", complete=True)


async def test_it_starts_at_the_durable_position_and_goes_on_where_the_stream_ended() -> None:
    directory, store, cache = Directory(), Store(7, "@7"), UserCache(time.monotonic)
    async with following(directory, store, cache), asyncio.timeout(10):
        directory.steps.put_nowait(heartbeat(9))
        directory.steps.put_nowait(None)
        while len(directory.watched_after) < 2:
            await asyncio.sleep(0.01)
        assert directory.watched_after == [(7, "@7"), (9, "@9")]
        assert (cache.position, cache.fresh) == (9, True)
        while (store.at.position, store.at.cursor) != (9, "@9"):
            await asyncio.sleep(0.01)


async def test_a_cursor_that_was_not_kept_yet_is_kept() -> None:
    directory, store, cache = Directory(), Store(7), UserCache(time.monotonic)
    async with following(directory, store, cache), asyncio.timeout(10):
        directory.steps.put_nowait(heartbeat(7))
        while store.at.cursor != "@7":
            await asyncio.sleep(0.01)
        assert directory.watched_after == [(7, "")]


async def test_the_directory_says_when_the_feed_is_complete() -> None:
    directory, cache = Directory(), UserCache(time.monotonic)
    async with following(directory, Store(), cache), asyncio.timeout(10):
        directory.steps.put_nowait(heartbeat(3, complete=False))
        while cache.position < 3:
            await asyncio.sleep(0.01)
        assert not cache.fresh
        directory.steps.put_nowait(heartbeat(3))
        while not cache.fresh:
            await asyncio.sleep(0.01)


async def test_of_a_directory_of_the_previous_release_a_step_that_is_not_full_is_complete() -> None:
    directory, cache = Directory(), UserCache(time.monotonic)
    async with following(directory, Store(), cache), asyncio.timeout(10):
        changes = [
            UserChange(position=number, user_id=str(new_id()), deleted=UserDeleted()) for number in range(1, 501)
        ]
        directory.steps.put_nowait(WatchUsersResponse(position=500, changes=changes))
        while cache.position < 500:
            await asyncio.sleep(0.01)
        assert not cache.fresh
        directory.steps.put_nowait(WatchUsersResponse(position=501, changes=changes[:1]))
        while not cache.fresh:
            await asyncio.sleep(0.01)


async def test_removals_keep_their_order_and_wait_for_the_database_while_names_go_on() -> None:
    directory, store, cache = Directory(), Store(failures=1), UserCache(time.monotonic)
    gone = [new_id() for _ in range(3)]
    async with following(directory, store, cache), asyncio.timeout(10):
        for position, user_id in enumerate(gone, start=1):
            directory.steps.put_nowait(deletion(user_id, position))
        directory.steps.put_nowait(heartbeat(50))
        while cache.position < 50:
            await asyncio.sleep(0.001)
        assert store.removed == []
        while len(store.removed) < 3:
            await asyncio.sleep(0.01)
        assert store.removed == gone


async def test_a_silent_stream_is_opened_again() -> None:
    directory, cache = Directory(), UserCache(time.monotonic)
    async with following(directory, Store(), cache) as feed, asyncio.timeout(20):
        directory.steps.put_nowait(heartbeat(3))
        while not feed.connected:
            await asyncio.sleep(0.01)
        while len(directory.watched_after) < 2:
            await asyncio.sleep(0.01)
        assert directory.watched_after == [(0, ""), (3, "@3")]
        assert not cache.fresh


async def test_a_position_that_the_previous_release_does_not_know_starts_the_feed_over() -> None:
    directory, store = Directory(), Store(500)
    directory.highest_position = 4
    async with following(directory, store, UserCache(time.monotonic)), asyncio.timeout(10):
        while len(directory.watched_after) < 2:
            await asyncio.sleep(0.01)
        assert directory.watched_after == [(500, ""), (0, "")]
        gone = new_id()
        directory.steps.put_nowait(deletion(gone, 4))
        while store.removed != [gone]:
            await asyncio.sleep(0.01)


async def test_a_foreign_cursor_begins_the_feed_anew_and_who_exists_again_loses_their_tombstone() -> None:
    directory, store, cache = Directory(), Store(9, "@9"), UserCache(time.monotonic)
    back = [new_id() for _ in range(3)]
    gone = [new_id() for _ in range(3)]
    store.tombstoned = {*back, *gone}
    directory.names = dict.fromkeys(back, "back")
    async with following(directory, store, cache), asyncio.timeout(10):
        directory.steps.put_nowait(heartbeat(9))
        while not cache.fresh:
            await asyncio.sleep(0.01)
        directory.foreign = {"@9"}
        directory.steps.put_nowait(None)
        while len(directory.watched_after) < 3:
            await asyncio.sleep(0.01)
        assert directory.watched_after[-1] == (0, "")
        assert store.tombstoned == set(gone)
        assert (cache.fresh, cache.position, store.at.generation) == (False, 0, 1)


async def test_a_replica_that_was_overtaken_comes_to_the_new_beginning() -> None:
    directory, store, cache = Directory(), Store(9, "@9"), UserCache(time.monotonic)
    lost, gone = new_id(), new_id()
    async with following(directory, store, cache), asyncio.timeout(10):
        directory.steps.put_nowait(heartbeat(9))
        while not cache.fresh:
            await asyncio.sleep(0.01)
        # Another replica has begun anew, and has come to position 2.
        store.at = FeedPosition(2, "@2", 1, begun_anew=False)
        directory.steps.put_nowait(deletion(lost, 10))
        await asyncio.sleep(0.1)
        directory.steps.put_nowait(heartbeat(10))
        while len(directory.watched_after) < 2:
            await asyncio.sleep(0.01)
        assert directory.watched_after[-1] == (2, "@2")
        directory.steps.put_nowait(deletion(gone, 3))
        while store.at.position < 3:
            await asyncio.sleep(0.01)
        assert store.removed == [gone]
