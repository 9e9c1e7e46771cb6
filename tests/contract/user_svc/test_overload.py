from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import grpc

from notewire_proto import user_pb2
from tests.contract.user_svc.people import create
from tests.failures import read_failure

if TYPE_CHECKING:
    from notewire_proto.user_pb2_grpc import UserServiceAsyncStub

AT_ONCE = 5_000
WITHIN_THE_LIMIT = 200


async def test_calls_too_many_at_once_are_told_to_come_back_and_the_others_answered(
    users: UserServiceAsyncStub,
) -> None:
    user = await create(users, "alice")
    ended: Counter[tuple[str, float | None]] = Counter()

    async def get() -> None:
        try:
            assert await users.GetUser(user_pb2.GetUserRequest(id=user.id)) == user
            ended["OK", None] += 1
        except grpc.aio.AioRpcError as error:
            failed = read_failure(error)
            ended[failed.reason or failed.code.name, failed.retry_seconds] += 1

    for _ in range(3):
        await asyncio.gather(*(get() for _ in range(AT_ONCE)))
    print(dict(ended))
    assert ended.keys() <= {("OK", None), ("TOO_MANY_CALLS", 0.1)}
    assert ended["OK", None] >= 3 * WITHIN_THE_LIMIT
