"""What happens to people, in the order in which it happened."""

from typing import NamedTuple
from uuid import UUID

from user_svc.domain.user import User


class Change(NamedTuple):
    """A person as of a position of the feed; None means deleted."""

    position: int
    user_id: UUID
    user: User | None
