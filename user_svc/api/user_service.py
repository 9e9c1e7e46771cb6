"""UserService: protobuf in, protobuf out."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from notewire_proto import user_pb2, user_pb2_grpc
from service_kit.errors import Violations
from service_kit.ids import new_id, parse_id
from service_kit.rpc.calls import Context
from service_kit.text import line_fault
from user_svc.api.messages import user_message
from user_svc.domain.listing import next_token, parse_page
from user_svc.domain.user import MAX_EMAIL, fold, parse_email, parse_username, user_not_found
from user_svc.store.users import UserStore

MAX_FOUND = 10


class UserServiceApi(user_pb2_grpc.UserServiceServicer):
    """The people of Notewire, for everyone. `clock` gives the time in UTC."""

    def __init__(self, store: UserStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def CreateUser(self, request: user_pb2.CreateUserRequest, context: Context) -> user_pb2.User:
        violations = Violations()
        username = parse_username(request.username, violations)
        email = parse_email(request.email, violations)
        complete = request.username and request.email
        violations.raise_any(None if complete else "username and email are required")
        return user_message(await self._store.create(new_id(), username, email, self._clock()))

    async def GetUser(self, request: user_pb2.GetUserRequest, context: Context) -> user_pb2.User:
        return user_message(await self._store.get(_existing(request.id)))

    async def ListUsers(self, request: user_pb2.ListUsersRequest, context: Context) -> user_pb2.ListUsersResponse:
        page = parse_page(request.page, request.page_size, request.page_token, request.order_by)
        found = await self._store.list(page)
        return user_pb2.ListUsersResponse(
            users=[user_message(user) for user in found.users],
            total=found.total.rows,
            total_is_minimum=found.total.is_minimum,
            next_page_token=next_token(page, found),
        )

    async def UpdateUser(self, request: user_pb2.UpdateUserRequest, context: Context) -> user_pb2.User:
        violations = Violations()
        violations.add("id", None if request.id else "is required")
        username = parse_username(request.username, violations) if request.HasField("username") else None
        email = parse_email(request.email, violations) if request.HasField("email") else None
        violations.raise_any()
        return user_message(await self._store.update(_existing(request.id), username, email, self._clock()))

    async def DeleteUser(self, request: user_pb2.DeleteUserRequest, context: Context) -> user_pb2.DeleteUserResponse:
        await self._store.delete(_existing(request.id))
        return user_pb2.DeleteUserResponse(success=True)

    async def SearchUsers(self, request: user_pb2.SearchUsersRequest, context: Context) -> user_pb2.SearchUsersResponse:
        violations = Violations()
        violations.add("prefix", line_fault(request.prefix, minimum=1, maximum=MAX_EMAIL))
        violations.add("limit", "must not be negative" if request.limit < 0 else None)
        violations.raise_any()
        found = await self._store.search(fold(request.prefix), min(request.limit or MAX_FOUND, MAX_FOUND))
        return user_pb2.SearchUsersResponse(users=[user_message(user) for user in found])


def _existing(text: str) -> UUID:
    identity = parse_id(text)
    if identity is None:
        raise user_not_found()
    return identity
