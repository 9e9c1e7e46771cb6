"""user_svc while its PostgreSQL is stopped, frozen and back again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import psutil
import pytest
from grpc import StatusCode

from local.postgres import EmbeddedPostgres
from notewire_proto import user_pb2, user_pb2_grpc
from service_kit.errors import Unavailable
from service_kit.postgres.database import database_at
from service_kit.postgres.listening import Listening
from tests.directories import new_directory
from tests.failures import failure
from tests.serving import served, user_settings
from user_svc.app import serve
from user_svc.settings import UserSettings

PROMISED_SECONDS = 1.0
# A busy machine may take three times what is promised.
ALLOWED_SECONDS = 3 * PROMISED_SECONDS
# With which the promise is kept.
BUDGET_SECONDS = UserSettings.model_fields["database_timeout_seconds"].default
# A server may take leave of a connection in one breath with its welcome, which takes some luck to see.
STOPS = 6
NOBODY = "019353c1-7b4e-7c3e-b1a1-f0e1d2c3b4a5"


@pytest.fixture
def postgres() -> Iterator[EmbeddedPostgres]:
    with new_directory() as place:
        server = EmbeddedPostgres(Path(place) / "data", Path(place) / "sockets", Path(place) / "log")
        server.start()
        yield server
        server.stop()


class Service:
    """user_svc on that PostgreSQL."""

    def __init__(self, channel: grpc.aio.Channel, metrics_port: int) -> None:
        self.users = user_pb2_grpc.UserServiceStub(channel)
        self.directory = user_pb2_grpc.UserDirectoryStub(channel)
        self._http = f"http://127.0.0.1:{metrics_port}"

    async def http(self, path: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(self._http + path) as response:
            return response.status, await response.text()

    async def make(self, username: str) -> user_pb2.User:
        request = user_pb2.CreateUserRequest(username=username, email=f"{username}@example.com")
        return await self.users.CreateUser(request)

    async def answers_unavailable(self) -> None:
        """Every method says so within the promised time, and the pod stays ready."""
        calls: list[Awaitable[Any]] = [
            self.users.GetUser(user_pb2.GetUserRequest(id=NOBODY)),
            self.users.ListUsers(user_pb2.ListUsersRequest()),
            self.users.CreateUser(user_pb2.CreateUserRequest(username="x", email="x@example.com")),
            self.users.UpdateUser(user_pb2.UpdateUserRequest(id=NOBODY, username="y")),
            self.users.DeleteUser(user_pb2.DeleteUserRequest(id=NOBODY)),
            self.users.SearchUsers(user_pb2.SearchUsersRequest(prefix="x")),
            self.directory.BatchGetUsers(user_pb2.BatchGetUsersRequest(ids=[NOBODY])),
        ] * 3
        began = time.monotonic()
        for failed in await asyncio.gather(*(failure(call) for call in calls)):
            assert (failed.code, failed.message) == (StatusCode.UNAVAILABLE, "the database does not answer")
            assert failed.retry_seconds == 1
        took = time.monotonic() - began
        print(f"answered after {took:.2f} s, promised {PROMISED_SECONDS} s")
        assert took < ALLOWED_SECONDS
        assert (await self.http("/readyz"))[0] == 200
        assert "\ndatabase_up 0.0" in (await self.http("/metrics"))[1]

    async def recovers(self, known: user_pb2.User) -> None:
        async with asyncio.timeout(10):
            while True:
                try:
                    found = await self.users.GetUser(user_pb2.GetUserRequest(id=known.id))
                except grpc.aio.AioRpcError as error:
                    assert error.code() is StatusCode.UNAVAILABLE  # noqa: PT017
                    await asyncio.sleep(0.05)
                else:
                    assert found == known
                    break
        assert "\ndatabase_up 1.0" in (await self.http("/metrics"))[1]


@pytest.fixture
async def service(postgres: EmbeddedPostgres) -> AsyncIterator[Service]:
    settings = user_settings(postgres.url, database_timeout_seconds=BUDGET_SECONDS)
    async with served(serve(settings), settings.port) as channel:
        yield Service(channel, settings.metrics_port)


@contextmanager
def frozen(postgres: EmbeddedPostgres) -> Iterator[None]:
    """Every process of the server stands still, as on a machine that lost its power or its network."""
    server = psutil.Process(postgres.process.pid)
    processes = [server, *server.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


async def test_a_stopped_database_is_told_at_once_and_forgotten_when_it_is_back(
    service: Service, postgres: EmbeddedPostgres
) -> None:
    alice = await service.make("alice")
    postgres.stop()

    await service.answers_unavailable()
    await service.answers_unavailable()

    postgres.start()
    await service.recovers(alice)


async def test_who_comes_to_listen_while_the_database_stops_hears_that_it_is_unavailable(
    postgres: EmbeddedPostgres,
) -> None:
    async def stop() -> None:
        await asyncio.sleep(0.05)
        await asyncio.to_thread(postgres.stop)

    for _ in range(STOPS):
        stopping = asyncio.create_task(stop())
        coming = []
        while not stopping.done():
            listening = Listening(database_at(postgres.url, "test", size=1, budget=1), {"changes": lambda _: None})
            coming.append(asyncio.create_task(listening.run()))
            await asyncio.sleep(0.001)
        async with asyncio.timeout(10):
            ended = await asyncio.gather(*coming, return_exceptions=True)
        assert [error for error in ended if not isinstance(error, Unavailable)] == []
        postgres.start()


async def test_a_frozen_database_keeps_nobody_waiting(service: Service, postgres: EmbeddedPostgres) -> None:
    alice = await service.make("alice")
    with frozen(postgres):
        await service.answers_unavailable()
        await service.answers_unavailable()

    await service.recovers(alice)


async def test_a_watcher_is_sent_away_and_misses_nothing_when_it_returns(
    service: Service, postgres: EmbeddedPostgres
) -> None:
    alice, bob = await service.make("alice"), await service.make("bob")
    watching = aiter(service.directory.WatchUsers(user_pb2.WatchUsersRequest(after_position=0)))
    await service.users.DeleteUser(user_pb2.DeleteUserRequest(id=alice.id))
    position = 0
    while position < 1:
        position = (await anext(watching)).position
    postgres.stop()

    async def follow() -> None:
        while True:
            await anext(watching)

    assert (await failure(follow())).code is StatusCode.UNAVAILABLE
    postgres.start()
    await service.recovers(bob)
    await service.users.DeleteUser(user_pb2.DeleteUserRequest(id=bob.id))
    again = aiter(service.directory.WatchUsers(user_pb2.WatchUsersRequest(after_position=position)))
    assert [change.user_id for change in (await anext(again)).changes] == [bob.id]


async def test_a_service_that_starts_before_its_database_waits_for_it(postgres: EmbeddedPostgres) -> None:
    postgres.stop()
    settings = user_settings(postgres.url)
    running = asyncio.create_task(serve(settings))
    async with aiohttp.ClientSession() as session, asyncio.timeout(20):

        async def status(path: str) -> int:
            async with session.get(f"http://127.0.0.1:{settings.metrics_port}{path}") as response:
                return response.status

        while True:
            try:
                assert await status("/livez") == 200
                break
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.02)
        assert await status("/readyz") == 503
        postgres.start()
        while await status("/readyz") != 200:
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
