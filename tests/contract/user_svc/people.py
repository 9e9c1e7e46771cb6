"""Requests that tests make often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notewire_proto import user_pb2

if TYPE_CHECKING:
    from notewire_proto.user_pb2_grpc import UserServiceAsyncStub


async def create(users: UserServiceAsyncStub, username: str, email: str | None = None) -> user_pb2.User:
    """Makes a person; the email follows from the username."""
    request = user_pb2.CreateUserRequest(username=username, email=email or f"{username}@example.com")
    return await users.CreateUser(request)
