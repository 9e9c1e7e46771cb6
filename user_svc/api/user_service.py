"""UserService: protobuf in, protobuf out."""

from uuid import UUID

from notewire_proto import user_pb2
from service_kit.errors import Violations
from service_kit.ids import parse_id
from service_kit.rpc.caller import Call
from service_kit.text import line_fault
from user_svc.actions.users import UserActions
from user_svc.api.listing import next_token, parse_listing
from user_svc.api.messages import user_message
from user_svc.domain.user import MAX_EMAIL, UserNotFound, parse_email, parse_username


class UserServiceApi:
    """The people of Notewire, for everyone."""

    def __init__(self, users: UserActions) -> None:
        self._users = users

    async def CreateUser(self, request: user_pb2.CreateUserRequest, call: Call) -> user_pb2.User:
        violations = Violations()
        username = parse_username(request.username, violations)
        email = parse_email(request.email, violations)
        complete = request.username and request.email
        violations.raise_any(None if complete else "username and email are required")
        return user_message(await self._users.create(call, username, email))

    async def GetUser(self, request: user_pb2.GetUserRequest, call: Call) -> user_pb2.User:
        return user_message(await self._users.get(call, _existing(request.id)))

    async def ListUsers(self, request: user_pb2.ListUsersRequest, call: Call) -> user_pb2.ListUsersResponse:
        listing = parse_listing(request)
        page = await self._users.list(call, listing)
        return user_pb2.ListUsersResponse(
            users=[user_message(user) for user in page.users],
            total=page.total.rows,
            total_is_minimum=page.total.is_minimum,
            next_page_token=next_token(listing, page),
        )

    async def UpdateUser(self, request: user_pb2.UpdateUserRequest, call: Call) -> user_pb2.User:
        violations = Violations()
        violations.add("id", None if request.id else "is required")
        username = parse_username(request.username, violations) if request.HasField("username") else None
        email = parse_email(request.email, violations) if request.HasField("email") else None
        violations.raise_any()
        return user_message(await self._users.update(call, _existing(request.id), username, email))

    async def DeleteUser(self, request: user_pb2.DeleteUserRequest, call: Call) -> user_pb2.DeleteUserResponse:
        await self._users.delete(call, _existing(request.id))
        return user_pb2.DeleteUserResponse(success=True)

    async def SearchUsers(self, request: user_pb2.SearchUsersRequest, call: Call) -> user_pb2.SearchUsersResponse:
        violations = Violations()
        violations.add("prefix", line_fault(request.prefix, minimum=1, maximum=MAX_EMAIL))
        violations.add("limit", "must not be negative" if request.limit < 0 else None)
        violations.raise_any()
        found = await self._users.search(call, request.prefix, request.limit)
        return user_pb2.SearchUsersResponse(users=[user_message(user) for user in found])


def _existing(text: str) -> UUID:
    user_id = parse_id(text)
    if user_id is None:
        raise UserNotFound
    return user_id
