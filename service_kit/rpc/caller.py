"""Who calls, and until when they wait. Made once for each call, and passed on as an argument all the way."""

from enum import Enum
from time import monotonic
from typing import NamedTuple
from uuid import UUID


class Role(Enum):
    """What somebody is to the whole installation."""

    MEMBER = "member"
    ADMIN = "admin"


class Caller(NamedTuple):
    """A user in a session, or nobody: somebody of whom nothing is known."""

    user_id: UUID | None
    session_id: UUID | None
    role: Role | None


NOBODY = Caller(None, None, None)


class Call(NamedTuple):
    """One call: its caller, and the moment of `time.monotonic()` from which on nobody waits for the answer any more.

    `deadline` is None where the caller has not said.
    """

    caller: Caller
    deadline: float | None

    def remaining(self) -> float | None:
        """Seconds that are left; None where there is no deadline."""
        return None if self.deadline is None else self.deadline - monotonic()
