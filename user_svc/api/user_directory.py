"""UserDirectory: protobuf in, protobuf out."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from notewire_proto import user_pb2
from service_kit.errors import InvalidArgument
from service_kit.feed import Cursor
from service_kit.ids import parse_id
from service_kit.rpc.caller import Call
from user_svc.actions.directory import DirectoryActions
from user_svc.api.messages import user_message
from user_svc.domain.change import Change

MAX_IDS = 1_000


class UserDirectoryApi:
    """The people, for other services."""

    def __init__(self, directory: DirectoryActions) -> None:
        self._directory = directory

    async def BatchGetUsers(self, request: user_pb2.BatchGetUsersRequest, call: Call) -> user_pb2.BatchGetUsersResponse:
        if len(request.ids) > MAX_IDS:
            raise InvalidArgument.of("ids", f"must be at most {MAX_IDS}")
        ids = [user_id for text in request.ids if text and (user_id := parse_id(text))]
        position, users = await self._directory.users(call, ids)
        return user_pb2.BatchGetUsersResponse(users=[user_message(user) for user in users], position=position)

    async def WatchUsers(
        self, request: user_pb2.WatchUsersRequest, call: Call
    ) -> AsyncGenerator[user_pb2.WatchUsersResponse, None]:
        position = request.after_position if request.HasField("after_position") else None
        cursor = Cursor.parse(request.after_cursor, "after_cursor") if request.after_cursor else None
        async with aclosing(self._directory.changes(call, position, cursor)) as steps:
            async for step in steps:
                yield user_pb2.WatchUsersResponse(
                    position=step.cursor.position,
                    changes=[_change_message(change) for change in step.changes],
                    cursor=str(step.cursor),
                    complete=step.complete,
                )


def _change_message(change: Change) -> user_pb2.UserChange:
    message = user_pb2.UserChange(position=change.position, user_id=str(change.user_id))
    if change.user is None:
        message.deleted.SetInParent()
    else:
        message.updated.CopyFrom(user_message(change.user))
    return message
