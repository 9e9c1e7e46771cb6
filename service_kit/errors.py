"""Errors that a caller may see, in one tree. Whoever cannot do what was asked raises one of them.

They know no transport: `service_kit.rpc.error_details` has the table that gives each kind its gRPC status.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple, Self

MAX_VIOLATIONS = 10


class Violation(NamedTuple):
    """What is wrong with one field of a request."""

    field: str
    description: str


class ServiceError(Exception):
    """A call that failed in a way its caller should know of. Only its kinds below are raised.

    `message` and `metadata` are shown to the client. `reason` is an UPPER_SNAKE_CASE constant for programs, which a
    domain's own error sets. `retry_after` in seconds says when the same call may succeed; None when a retry is no use.
    """

    reason: ClassVar[str]
    retry_after: float | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def metadata(self) -> Mapping[str, str]:
        """What a program may want to know beside the reason."""
        return {}


class InvalidArgument(ServiceError):
    """The request breaks the contract. Without a message, the violations make one; at most ten are told."""

    reason = "INVALID_ARGUMENT"

    def __init__(self, violations: Sequence[Violation], message: str | None = None) -> None:
        self.violations = tuple(violations[:MAX_VIOLATIONS])
        if message is None:
            message = "; ".join(f"{field}: {description}" for field, description in self.violations)
        super().__init__(message)

    @classmethod
    def of(cls, field: str, description: str) -> Self:
        """One faulty field."""
        return cls([Violation(field, description)])


class OutOfRange(ServiceError):
    """What the request goes on from is no longer there, or never was; the caller should begin anew."""

    reason = "OUT_OF_RANGE"


class NotFound(ServiceError):
    """Nothing has that name, or the caller may not know that something has."""

    reason = "NOT_FOUND"


class AlreadyExists(ServiceError):
    """What the request would make is there."""

    reason = "ALREADY_EXISTS"


class Aborted(ServiceError):
    """Another change came first; the caller should read again and decide."""

    reason = "ABORTED"


class Unauthenticated(ServiceError):
    """Nobody knows who calls, and only somebody known may."""

    reason = "UNAUTHENTICATED"


class PermissionDenied(ServiceError):
    """The caller may not do that."""

    reason = "PERMISSION_DENIED"


class Unavailable(ServiceError):
    """Something that the call needs does not answer now."""

    reason = "UNAVAILABLE"
    retry_after = 1.0


class Lost(Unavailable):
    """The whole of something does not answer: whoever waits for it would wait as long, and hear the same."""

    reason = "LOST"


class ResourceExhausted(ServiceError):
    """A limit of this process is reached."""

    reason = "RESOURCE_EXHAUSTED"
    retry_after = 1.0


class Violations:
    """Gathers the faults of a request, so that one answer names them all."""

    def __init__(self) -> None:
        self._found: list[Violation] = []

    def add(self, field: str, description: str | None) -> None:
        """Notes a fault; None, the answer of a check that passed, notes nothing."""
        if description is not None:
            self._found.append(Violation(field, description))

    def raise_any(self, message: str | None = None) -> None:
        """Raises InvalidArgument when there is a fault."""
        if self._found:
            raise InvalidArgument(self._found, message)

    def __bool__(self) -> bool:
        return bool(self._found)
