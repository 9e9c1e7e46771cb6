"""A share: somebody who may read a note that is not theirs."""

from typing import NamedTuple
from uuid import UUID

from service_kit.errors import AlreadyExists, InvalidArgument, NotFound, Violation

# How many people one note may be shared with.
MAX_SHARES = 1_000


class Share(NamedTuple):
    """Who may read the note, and since when.

    Unix microseconds; less than a second where nobody knows any more.
    """

    user_id: UUID
    since: int


class AlreadyShared(AlreadyExists):
    """They have the note already."""

    reason = "ALREADY_SHARED"

    def __init__(self) -> None:
        super().__init__("note already shared with this user")


class NotShared(NotFound):
    """They do not have the note."""

    reason = "NOT_SHARED"

    def __init__(self) -> None:
        super().__init__("note is not shared with this user")


class SharedWithOwner(InvalidArgument):
    """Whoever owns a note has it without a share."""

    def __init__(self) -> None:
        super().__init__([Violation("user_id", "is the owner of the note")])


class TooManyShares(InvalidArgument):
    """As many people have the note as may."""

    def __init__(self) -> None:
        super().__init__([Violation("user_id", f"would be more than {MAX_SHARES} people")])
