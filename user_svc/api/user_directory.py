"""UserDirectory: what other services may ask."""

import asyncio
from collections.abc import AsyncGenerator

from notewire_proto import user_pb2, user_pb2_grpc
from service_kit.errors import InvalidArgument
from service_kit.ids import parse_id
from service_kit.rpc.calls import Context
from user_svc.api.messages import user_message
from user_svc.store.change_signal import ChangeSignal
from user_svc.store.feed import Change, FeedStore

MAX_IDS = 1_000
# The contract says at least twice a second; a read of the database comes before each.
HEARTBEAT_SECONDS = 0.4


class UserDirectoryApi(user_pb2_grpc.UserDirectoryServicer):
    """The people by id, and the feed of their changes."""

    def __init__(self, feed: FeedStore, signal: ChangeSignal) -> None:
        self._feed = feed
        self._signal = signal

    async def BatchGetUsers(
        self, request: user_pb2.BatchGetUsersRequest, context: Context
    ) -> user_pb2.BatchGetUsersResponse:
        if len(request.ids) > MAX_IDS:
            raise InvalidArgument.of("ids", f"must be at most {MAX_IDS}")
        ids = [identity for text in request.ids if text and (identity := parse_id(text))]
        position, users = await self._feed.users(ids)
        return user_pb2.BatchGetUsersResponse(users=[user_message(user) for user in users], position=position)

    async def WatchUsers(
        self, request: user_pb2.WatchUsersRequest, context: Context
    ) -> AsyncGenerator[user_pb2.WatchUsersResponse, None]:
        """Each message is read from the database, so a heartbeat says that nothing was missed until now."""
        head = await self._feed.head()
        position = request.after_position if request.HasField("after_position") else head
        if not 0 <= position <= head:
            raise InvalidArgument.of("after_position", "is not a position of this feed")
        while True:
            moved = self._signal.next_move()
            found = await self._feed.read(position)
            position = max(position, found.position)
            yield user_pb2.WatchUsersResponse(
                position=position, changes=[_change_message(change) for change in found.changes]
            )
            if not found.more:
                await _wait(moved, HEARTBEAT_SECONDS)


async def _wait(moved: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await moved.wait()
    except TimeoutError:
        return


def _change_message(change: Change) -> user_pb2.UserChange:
    message = user_pb2.UserChange(position=change.position, user_id=str(change.user_id))
    if change.user is None:
        message.deleted.SetInParent()
    else:
        message.updated.CopyFrom(user_message(change.user))
    return message
