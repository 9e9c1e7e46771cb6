"""A user directory that does what a test tells it, behind a real gRPC connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import grpc

from notewire_proto import user_pb2, user_pb2_grpc

Context = grpc.aio.ServicerContext[Any, Any]


class Directory(user_pb2_grpc.UserDirectoryServicer):
    """Knows `names` by id at `position`. While `answering` is clear, questions wait."""

    def __init__(self) -> None:
        self.names: dict[UUID, str] = {}
        self.position = 1
        self.answering = asyncio.Event()
        self.answering.set()
        # So many questions fail at once.
        self.failures = 0
        self.asked: list[list[UUID]] = []
        self.time_left: list[float | None] = []
        self.watched_after: list[tuple[int, str]] = []
        self.highest_position = 2**40
        # Cursors of histories that are gone.
        self.foreign: set[str] = set()
        self.steps: asyncio.Queue[user_pb2.WatchUsersResponse | None] = asyncio.Queue()

    async def BatchGetUsers(  # noqa: N802
        self, request: user_pb2.BatchGetUsersRequest, context: Context
    ) -> user_pb2.BatchGetUsersResponse:
        asked = sorted(map(UUID, request.ids))
        self.asked.append(asked)
        self.time_left.append(context.time_remaining())
        if self.failures > 0:
            self.failures -= 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "no healthy upstream")
        users = [user(user_id, self.names[user_id]) for user_id in asked if user_id in self.names]
        answer = user_pb2.BatchGetUsersResponse(users=users, position=self.position)
        await self.answering.wait()
        return answer

    async def WatchUsers(  # noqa: N802
        self, request: user_pb2.WatchUsersRequest, context: Context
    ) -> AsyncGenerator[user_pb2.WatchUsersResponse, None]:
        self.watched_after.append((request.after_position, request.after_cursor))
        if request.after_cursor in self.foreign:
            await context.abort(grpc.StatusCode.OUT_OF_RANGE, "no such cursor")
        if request.after_position > self.highest_position:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no such position")
        while (step := await self.steps.get()) is not None:
            yield step


def user(user_id: UUID, username: str) -> user_pb2.User:
    return user_pb2.User(id=str(user_id), username=username, email=f"{username}@example.com")


@asynccontextmanager
async def served(directory: Directory) -> AsyncIterator[user_pb2_grpc.UserDirectoryAsyncStub]:
    """The directory on a free port, and a stub of it."""
    server = grpc.aio.server()
    user_pb2_grpc.add_UserDirectoryServicer_to_server(directory, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield user_pb2_grpc.UserDirectoryStub(channel)
    await server.stop(None)
