"""People as protobuf messages."""

from notewire_proto import user_pb2
from user_svc.domain.user import User


def user_message(user: User) -> user_pb2.User:
    """The message of a person; times become Unix seconds."""
    return user_pb2.User(
        id=str(user.id),
        username=user.username,
        email=user.email,
        created_at=int(user.created_at.timestamp()),
        updated_at=int(user.updated_at.timestamp()),
    )
