"""What may be done with people: who may do it is decided here."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from service_kit.ids import new_id
from service_kit.rpc.caller import Call
from user_svc.domain.listing import Listing, UserPage
from user_svc.domain.user import Email, User, Username, fold

MAX_FOUND = 10


class Users(Protocol):
    """Where people are kept. Every method raises Unavailable when that does not answer."""

    async def get(self, user_id: UUID) -> User:
        """Raises UserNotFound."""

    async def create(self, user_id: UUID, username: Username, email: Email, now: datetime) -> User:
        """Raises UsernameTaken and EmailTaken."""

    async def update(self, user_id: UUID, username: Username | None, email: Email | None, now: datetime) -> User:
        """Changes what is not None. Raises UserNotFound, UsernameTaken and EmailTaken."""

    async def delete(self, user_id: UUID) -> None:
        """Raises UserNotFound."""

    async def list(self, listing: Listing) -> UserPage:
        """One page, and the total up to a limit."""

    async def search(self, prefix_key: str, limit: int) -> Sequence[User]:
        """People whose username or email begins with a folded prefix, by username."""


class UserActions:
    """The use cases. `clock` gives the time in UTC."""

    def __init__(self, users: Users, clock: Callable[[], datetime]) -> None:
        self._users = users
        self._clock = clock

    async def create(self, call: Call, username: Username, email: Email) -> User:
        """A new person. Raises UsernameTaken and EmailTaken."""
        return await self._users.create(new_id(), username, email, self._clock())

    async def get(self, call: Call, user_id: UUID) -> User:
        """Raises UserNotFound."""
        return await self._users.get(user_id)

    async def list(self, call: Call, listing: Listing) -> UserPage:
        """One page of all people."""
        return await self._users.list(listing)

    async def update(self, call: Call, user_id: UUID, username: Username | None, email: Email | None) -> User:
        """Changes what is not None. Raises UserNotFound, UsernameTaken and EmailTaken."""
        return await self._users.update(user_id, username, email, self._clock())

    async def delete(self, call: Call, user_id: UUID) -> None:
        """Removes a person for good. Raises UserNotFound."""
        await self._users.delete(user_id)

    async def search(self, call: Call, prefix: str, limit: int) -> Sequence[User]:
        """At most ten people whose username or email begins with the prefix, in any letter case; 0 means ten."""
        return await self._users.search(fold(prefix), min(limit or MAX_FOUND, MAX_FOUND))
