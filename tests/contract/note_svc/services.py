"""note_svc and user_svc, each of which can be stopped and started again, and requests that tests make often."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import count
from typing import TYPE_CHECKING, TypeVar

import grpc

from notewire_proto import note_pb2, note_pb2_grpc, user_pb2, user_pb2_grpc
from tests.ports import free_port
from tests.serving import note_service, user_service

if TYPE_CHECKING:
    from notewire_proto.note_pb2_grpc import NoteServiceAsyncStub
    from notewire_proto.user_pb2_grpc import UserServiceAsyncStub

T = TypeVar("T")
NOBODY = "019353c1-7b4e-7c3e-b1a1-f0e1d2c3b4a5"


class Services:
    """Both services, with stubs."""

    notes: NoteServiceAsyncStub
    users: UserServiceAsyncStub

    def __init__(self, user_database_url: str, note_database_url: str) -> None:
        self._user_database_url = user_database_url
        self._note_database_url = note_database_url
        self.user_port = free_port()
        self._names = count(1)
        self._running: dict[str, AsyncExitStack] = {}

    async def start_users(self) -> None:
        channel = await self._start("users", user_service(self._user_database_url, port=self.user_port))
        self.users = user_pb2_grpc.UserServiceStub(channel)

    async def start_notes(self, directory_address: str | None = None) -> None:
        address = directory_address or f"127.0.0.1:{self.user_port}"
        channel = await self._start("notes", note_service(self._note_database_url, address))
        self.notes = note_pb2_grpc.NoteServiceStub(channel)

    async def _start(self, name: str, service: contextlib.AbstractAsyncContextManager[T]) -> T:
        stack = self._running[name] = AsyncExitStack()
        return await stack.enter_async_context(service)

    async def stop(self, name: str) -> None:
        """Stops "users" or "notes"."""
        await self._running.pop(name).aclose()

    async def stop_all(self) -> None:
        for name in list(self._running):
            await self.stop(name)

    async def user(self, username: str = "", email: str = "") -> str:
        """The id of a new user."""
        username = username or f"user{next(self._names)}"
        request = user_pb2.CreateUserRequest(username=username, email=email or f"{username}@example.com")
        return (await self.users.CreateUser(request)).id

    async def note(self, user_id: str, title: str = "", content: str = "") -> note_pb2.Note:
        return await self.notes.CreateNote(note_pb2.CreateNoteRequest(title=title, content=content, user_id=user_id))

    async def get(self, note_id: str) -> note_pb2.Note:
        return await self.notes.GetNote(note_pb2.GetNoteRequest(id=note_id))

    async def share(self, note_id: str, user_id: str) -> note_pb2.Note:
        return (await self.notes.ShareNote(note_pb2.ShareNoteRequest(note_id=note_id, user_id=user_id))).note

    async def rename(self, user_id: str, username: str) -> None:
        await self.users.UpdateUser(user_pb2.UpdateUserRequest(id=user_id, username=username))

    async def delete_user(self, user_id: str) -> None:
        await self.users.DeleteUser(user_pb2.DeleteUserRequest(id=user_id))


async def seconds_until(reached: Callable[[], Awaitable[bool]]) -> float:
    """How long it takes until a condition holds."""
    began = time.monotonic()
    async with asyncio.timeout(10):
        while not await reached():
            await asyncio.sleep(0.005)
    return time.monotonic() - began


async def code_of(call: Awaitable[object]) -> grpc.StatusCode:
    """The status that a call ends with."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK
