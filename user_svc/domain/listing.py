"""A list of people: which order, where it begins, how long it is."""

from enum import Enum
from typing import NamedTuple
from uuid import UUID

from service_kit.page import Total
from user_svc.domain.user import User, fold


class Order(Enum):
    """The orders of a list. Ids are made in the order of time, so they stand for created_at."""

    NEWEST = "created_at desc"
    OLDEST = "created_at"
    USERNAME = "username"
    USERNAME_DESC = "username desc"

    @property
    def key_type(self) -> type[UUID | str]:
        """The type of the key that the order goes by."""
        return UUID if self in {Order.NEWEST, Order.OLDEST} else str

    def key(self, user: User) -> UUID | str:
        """What the order goes by, unique to each person."""
        return user.id if self.key_type is UUID else fold(user.username)


class Listing(NamedTuple):
    """What a caller asks for: a page after a key, or after a number of rows. Without an offset it is empty."""

    order: Order
    size: int
    after: UUID | str | None
    offset: int | None


class UserPage(NamedTuple):
    """People on a page, how many there are in all, and whether more follow."""

    users: list[User]
    total: Total
    more: bool
