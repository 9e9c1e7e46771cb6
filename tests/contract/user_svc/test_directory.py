"""UserDirectory: people by id, and the feed of their changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import asyncpg
import grpc
import pytest
from grpc import StatusCode

from notewire_proto import user_pb2, user_pb2_grpc
from tests.backups import backup, restore
from tests.contract.user_svc.people import create
from tests.failures import failure
from tests.serving import user_service

if TYPE_CHECKING:
    from notewire_proto.user_pb2_grpc import UserDirectoryAsyncStub, UserServiceAsyncStub


class Watcher:
    """Follows the feed from a position or a cursor."""

    def __init__(self, directory: UserDirectoryAsyncStub, after: int | None, cursor: str = "") -> None:
        request = user_pb2.WatchUsersRequest(after_position=after, after_cursor=cursor)
        self._call = directory.WatchUsers(request)
        self._messages = aiter(self._call)

    async def message(self) -> user_pb2.WatchUsersResponse:
        async with asyncio.timeout(5):
            return await anext(self._messages)

    async def changes(self, count: int) -> list[user_pb2.UserChange]:
        found: list[user_pb2.UserChange] = []
        while len(found) < count:
            found += (await self.message()).changes
        return found

    def close(self) -> None:
        self._call.cancel()


@pytest.fixture
async def watcher(directory: UserDirectoryAsyncStub) -> AsyncIterator[Watcher]:
    """Follows everything from the beginning."""
    watcher = Watcher(directory, 0)
    yield watcher
    watcher.close()


async def test_a_batch_gives_those_who_exist(users: UserServiceAsyncStub, directory: UserDirectoryAsyncStub) -> None:
    alice, bob, gone = [await create(users, name) for name in ("alice", "bob", "gone")]
    await users.DeleteUser(user_pb2.DeleteUserRequest(id=gone.id))

    request = user_pb2.BatchGetUsersRequest(ids=[alice.id, bob.id.upper(), alice.id, gone.id, "", "x", "\x00"])
    answer = await directory.BatchGetUsers(request)

    assert sorted(answer.users, key=lambda user: user.username) == [alice, bob]
    # The deletion has its position a moment later.
    async with asyncio.timeout(5):
        while (await directory.BatchGetUsers(request)).position < 1:
            await asyncio.sleep(0.005)


async def test_an_empty_batch_gives_the_position_alone(directory: UserDirectoryAsyncStub) -> None:
    assert await directory.BatchGetUsers(user_pb2.BatchGetUsersRequest()) == user_pb2.BatchGetUsersResponse()


async def test_a_batch_has_at_most_a_thousand_ids(directory: UserDirectoryAsyncStub) -> None:
    await directory.BatchGetUsers(user_pb2.BatchGetUsersRequest(ids=["x"] * 1000))

    failed = await failure(directory.BatchGetUsers(user_pb2.BatchGetUsersRequest(ids=["x"] * 1001)))

    assert failed.code is StatusCode.INVALID_ARGUMENT
    assert set(failed.violations) == {"ids"}


async def test_changes_and_deletions_are_seen_at_once(users: UserServiceAsyncStub, watcher: Watcher) -> None:
    alice = await create(users, "alice")
    assert (await watcher.message()).position == 0

    began = time.monotonic()
    renamed = await users.UpdateUser(user_pb2.UpdateUserRequest(id=alice.id, username="alicia"))
    (change,) = await watcher.changes(1)
    # Three times the promised second is allowed to a busy machine.
    assert time.monotonic() - began < 3
    assert (change.user_id, change.updated) == (alice.id, renamed)

    await users.DeleteUser(user_pb2.DeleteUserRequest(id=alice.id))
    (deletion,) = await watcher.changes(1)
    assert deletion.user_id == alice.id
    assert deletion.WhichOneof("kind") == "deleted"
    assert deletion.position > change.position


async def test_what_changes_nothing_is_not_on_the_feed(
    users: UserServiceAsyncStub, directory: UserDirectoryAsyncStub
) -> None:
    alice = await create(users, "alice")
    await create(users, "bob")
    await users.UpdateUser(user_pb2.UpdateUserRequest(id=alice.id, username="alice"))
    await failure(users.UpdateUser(user_pb2.UpdateUserRequest(id=alice.id, username="bob")))
    await failure(users.DeleteUser(user_pb2.DeleteUserRequest(id="019353c1-7b4e-7c3e-b1a1-f0e1d2c3b4a5")))

    assert (await directory.BatchGetUsers(user_pb2.BatchGetUsersRequest())).position == 0


async def test_an_idle_feed_sends_heartbeats_at_least_twice_a_second(watcher: Watcher) -> None:
    first = await watcher.message()
    assert (first.position, list(first.changes), first.complete) == (0, [], True)
    began = time.monotonic()
    for _ in range(6):
        assert await watcher.message() == first

    # Three times the promised 0.5 s is allowed to a busy machine.
    assert (time.monotonic() - began) / 6 < 1.5


async def test_a_watcher_goes_on_where_it_was(users: UserServiceAsyncStub, directory: UserDirectoryAsyncStub) -> None:
    people = [await create(users, f"user{number}") for number in range(3)]
    for person in people:
        await users.DeleteUser(user_pb2.DeleteUserRequest(id=person.id))
    first = Watcher(directory, 0)
    seen = await first.changes(3)
    first.close()

    again = Watcher(directory, seen[0].position)
    assert [change.user_id for change in await again.changes(2)] == [person.id for person in people[1:]]
    again.close()


async def test_a_watcher_goes_on_from_its_cursor(
    users: UserServiceAsyncStub, directory: UserDirectoryAsyncStub
) -> None:
    people = [await create(users, f"user{number}") for number in range(2)]
    first = Watcher(directory, 0)
    await users.DeleteUser(user_pb2.DeleteUserRequest(id=people[0].id))
    step = await first.message()
    while not step.changes:
        step = await first.message()
    first.close()
    await users.DeleteUser(user_pb2.DeleteUserRequest(id=people[1].id))

    for after, told in ((None, people[1:]), (0, people), (1, people[1:]), (9, people[1:])):
        again = Watcher(directory, after, step.cursor)
        assert [change.user_id for change in await again.changes(len(told))] == [person.id for person in told]
        again.close()


async def test_a_cursor_of_a_history_that_is_gone_is_out_of_range(
    users: UserServiceAsyncStub, directory: UserDirectoryAsyncStub, database_url: str
) -> None:
    dump = await asyncio.to_thread(backup, database_url)
    watcher = Watcher(directory, 0)
    lost = await create(users, "lost")
    await users.DeleteUser(user_pb2.DeleteUserRequest(id=lost.id))
    await watcher.changes(1)
    cursor = (await watcher.message()).cursor
    await asyncio.to_thread(restore, database_url, dump)

    async def follow(watcher: Watcher) -> None:
        while True:
            await watcher.message()

    for after in (None, 0, 1):
        # The one that is open, and whoever comes with its cursor, also when the number is taken again.
        failed = await failure(follow(watcher))
        assert (failed.code, failed.reason) == (StatusCode.OUT_OF_RANGE, "FOREIGN_CURSOR")
        another = await create(users, f"another{time.monotonic_ns()}")
        await users.DeleteUser(user_pb2.DeleteUserRequest(id=another.id))
        watcher = Watcher(directory, after, cursor)


async def test_what_is_no_cursor_is_refused(directory: UserDirectoryAsyncStub) -> None:
    for text in ("x", "A" * 31, "A" * 33, "\u00e9" * 32):
        failed = await failure(Watcher(directory, None, text).message())
        assert failed.code is StatusCode.INVALID_ARGUMENT
        assert set(failed.violations) == {"after_cursor"}


async def test_without_a_position_only_what_comes_is_sent(
    users: UserServiceAsyncStub, directory: UserDirectoryAsyncStub
) -> None:
    alice, bob = await create(users, "alice"), await create(users, "bob")
    await users.DeleteUser(user_pb2.DeleteUserRequest(id=alice.id))
    watcher = Watcher(directory, None)
    first = await watcher.message()
    assert (first.position, list(first.changes)) == (1, [])

    await users.DeleteUser(user_pb2.DeleteUserRequest(id=bob.id))

    assert [change.user_id for change in await watcher.changes(1)] == [bob.id]
    watcher.close()


@pytest.mark.parametrize("position", [-1, 1, 2**63 - 1])
async def test_a_position_that_never_was_is_refused(directory: UserDirectoryAsyncStub, position: int) -> None:
    failed = await failure(Watcher(directory, position).message())

    assert failed.code is StatusCode.INVALID_ARGUMENT
    assert set(failed.violations) == {"after_position"}


async def test_of_many_changes_to_one_person_the_last_stays_on_the_feed(
    users: UserServiceAsyncStub, directory: UserDirectoryAsyncStub
) -> None:
    alice = await create(users, "alice")
    for number in range(5):
        last = await users.UpdateUser(user_pb2.UpdateUserRequest(id=alice.id, username=f"alice{number}"))

    watcher = Watcher(directory, 0)
    message = await watcher.message()
    watcher.close()

    assert message.position == 5
    assert [(change.position, change.updated) for change in message.changes] == [(5, last)]


async def test_a_long_feed_comes_in_parts_of_at_most_500(
    users: UserServiceAsyncStub, directory: UserDirectoryAsyncStub, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "INSERT INTO user_changes SELECT gen_random_uuid(), n, true FROM generate_series(1, 1201) n;"
        "UPDATE user_feed SET position = 1201"
    )
    await connection.close()
    watcher = Watcher(directory, 0)

    messages = [await watcher.message() for _ in range(3)]
    watcher.close()

    assert [len(message.changes) for message in messages] == [500, 500, 201]
    assert [message.position for message in messages] == [500, 1000, 1201]
    assert [message.complete for message in messages] == [False, False, True]


async def test_no_watcher_misses_a_change_while_many_are_made(
    users: UserServiceAsyncStub, directory: UserDirectoryAsyncStub, watcher: Watcher
) -> None:
    people = [await create(users, f"user{number}") for number in range(40)]

    async def change(person: user_pb2.User) -> None:
        await users.UpdateUser(user_pb2.UpdateUserRequest(id=person.id, username=f"{person.username}x"))
        await users.DeleteUser(user_pb2.DeleteUserRequest(id=person.id))

    changing = asyncio.gather(*(change(person) for person in people))
    positions: list[int] = []
    deleted: set[str] = set()
    while len(deleted) < len(people):
        message = await watcher.message()
        positions += [change.position for change in message.changes]
        assert message.position >= max(positions, default=0)
        deleted |= {change.user_id for change in message.changes if change.HasField("deleted")}
    await changing

    assert deleted == {person.id for person in people}
    assert positions == sorted(set(positions))


async def test_the_feed_goes_on_when_its_connection_is_cut(
    users: UserServiceAsyncStub, watcher: Watcher, database_url: str
) -> None:
    alice = await create(users, "alice")
    await watcher.message()
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'user_svc' AND query LIKE 'LISTEN%'
        """
    )
    await connection.close()

    await users.DeleteUser(user_pb2.DeleteUserRequest(id=alice.id))

    assert [change.user_id for change in await watcher.changes(1)] == [alice.id]


async def test_a_client_hears_when_the_streams_life_is_over(database_url: str) -> None:
    async with user_service(database_url, stream_life_seconds=0.5) as channel:
        watcher = Watcher(user_pb2_grpc.UserDirectoryStub(channel), 0)

        async def follow() -> None:
            while True:
                await watcher.message()

        failed = await failure(follow())
        assert (failed.code, failed.reason) == (StatusCode.UNAVAILABLE, "STREAM_LIFE_OVER")


async def test_undecodable_requests_of_the_feed_are_refused(channel: grpc.aio.Channel) -> None:
    watch: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream("/user.UserDirectory/WatchUsers")

    assert (await failure(anext(aiter(watch(b"\xff\xff"))))).code is StatusCode.INVALID_ARGUMENT
