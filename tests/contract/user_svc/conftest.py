from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
import pytest

from notewire_proto import user_pb2_grpc
from tests.serving import user_service


@pytest.fixture
async def channel(database_url: str) -> AsyncIterator[grpc.aio.Channel]:
    async with user_service(database_url) as channel:
        yield channel


@pytest.fixture
def users(channel: grpc.aio.Channel) -> user_pb2_grpc.UserServiceAsyncStub:
    return user_pb2_grpc.UserServiceStub(channel)


@pytest.fixture
def directory(channel: grpc.aio.Channel) -> user_pb2_grpc.UserDirectoryAsyncStub:
    return user_pb2_grpc.UserDirectoryStub(channel)
