"""A user, as much of one as a note shows."""

from typing import NamedTuple
from uuid import UUID

from service_kit.errors import NotFound


class Person(NamedTuple):
    """Who owns a note or has it shared."""

    id: UUID
    username: str
    email: str


class UserNotFound(NotFound):
    """Nobody has the id, or nobody any more."""

    reason = "USER_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("user not found")
