"""Which notes a list holds, in which order, and how much of each."""

from enum import Enum
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

Encoded = TypeVar("Encoded")

# Bytes of content that one page carries, and shares of each note: however long the names and titles, the messages of a
# call stay under gRPC's default limit of 4 MiB.
PAGE_CONTENT_BYTES = 3 * 1024 * 1024
LISTED_SHARES = 16


class Scope(Enum):
    """Whose notes: everybody's, or of one person those they own, those shared with them, or both."""

    EVERYBODY = "everybody"
    OWNED = "owned"
    SHARED = "shared"
    ALL = "all"


class SortKey(Enum):
    """What a list is ordered by; the id decides among equals."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    TITLE = "title"


class Order(NamedTuple):
    """The order of a list."""

    key: SortKey
    descending: bool


NEWEST_FIRST = Order(SortKey.CREATED_AT, descending=True)
# What order_by may say.
ORDERS = {
    "": NEWEST_FIRST,
    "created_at desc": NEWEST_FIRST,
    "created_at": Order(SortKey.CREATED_AT, descending=False),
    "updated_at desc": Order(SortKey.UPDATED_AT, descending=True),
    "updated_at": Order(SortKey.UPDATED_AT, descending=False),
    "title": Order(SortKey.TITLE, descending=False),
    "title desc": Order(SortKey.TITLE, descending=True),
}


class Place(NamedTuple):
    """Where a row stands in an order; times are Unix microseconds."""

    key: int | str
    id: UUID


class Start(NamedTuple):
    """Where a page begins: after a place, or so many rows from the top; `offset` None is beyond every row."""

    after: Place | None = None
    offset: int | None = 0


class Listing(NamedTuple):
    """One page of notes. `user_id` is None for everybody's alone; `size` counts rows."""

    scope: Scope
    user_id: UUID | None
    order: Order
    start: Start
    size: int
    with_content: bool


class NotePage(NamedTuple, Generic[Encoded]):
    """The notes of a page, the place of the last one when there are more, and a count that stops past 10,000."""

    notes: list[Encoded]
    next_after: Place | None
    counted: int
