"""A page of people: which order, where it begins, how long it is."""

from enum import Enum
from typing import NamedTuple
from uuid import UUID

from service_kit.errors import Violations
from service_kit.page import Total, decode_token, encode_token, page_offset, page_size
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

    @property
    def binding(self) -> str:
        """What ties a page token to this order."""
        return f"users/{self.value}"


class Page(NamedTuple):
    """A page that a caller asks for: after a key, or after a number of rows. Without an offset it is empty."""

    order: Order
    size: int
    after: UUID | str | None
    offset: int | None


class UserList(NamedTuple):
    """People on a page, how many there are in all, and whether more follow."""

    users: list[User]
    total: Total
    more: bool


def parse_page(page: int, size: int, token: str, order_by: str) -> Page:
    """Reads a request for a page. Raises InvalidArgument with every fault."""
    violations = Violations()
    order = _parse_order(order_by, violations)
    wanted = page_size(size, violations)
    keys = decode_token(token, order.binding, violations, order.key_type)
    offset = 0 if token else page_offset(page, wanted, violations)
    violations.raise_any()
    return Page(order, wanted, keys[0] if keys else None, offset)


def next_token(page: Page, found: UserList) -> str:
    """The token for what follows; empty when nothing does."""
    return encode_token(page.order.binding, page.order.key(found.users[-1])) if found.more else ""


def _parse_order(order_by: str, violations: Violations) -> Order:
    try:
        return Order(order_by) if order_by else Order.NEWEST
    except ValueError:
        violations.add("order_by", "must be one of: " + ", ".join(order.value for order in Order))
        return Order.NEWEST
