"""Errors that a client may see. Domain and store code raise them; `handlers` turns them into a gRPC status."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

from grpc import StatusCode

DOMAIN = "notewire"
MAX_VIOLATIONS = 10


class Violation(NamedTuple):
    """What is wrong with one field of a request."""

    field: str
    description: str


class ServiceError(Exception):
    """A call that failed in a way its caller should know of.

    `message` and `metadata` are shown to the client. `reason` is an UPPER_SNAKE_CASE constant for programs.
    `retry_after` in seconds says when the same call may succeed; None when a retry does not help.
    """

    def __init__(
        self,
        code: StatusCode,
        message: str,
        reason: str,
        *,
        violations: Sequence[Violation] = (),
        metadata: Mapping[str, str] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason
        self.violations = tuple(violations[:MAX_VIOLATIONS])
        self.metadata = dict(metadata or {})
        self.retry_after = retry_after


class InvalidArgument(ServiceError):
    """The request breaks the contract. Without a message, the violations make one."""

    def __init__(
        self, violations: Sequence[Violation], message: str | None = None, reason: str = "INVALID_ARGUMENT"
    ) -> None:
        if message is None:
            message = "; ".join(f"{field}: {description}" for field, description in violations[:MAX_VIOLATIONS])
        super().__init__(StatusCode.INVALID_ARGUMENT, message, reason, violations=violations)

    @classmethod
    def of(cls, field: str, description: str) -> Self:
        """One faulty field."""
        return cls([Violation(field, description)])


class NotFound(ServiceError):
    """Nothing has that name, or the caller may not know that something has."""

    def __init__(self, message: str, reason: str = "NOT_FOUND") -> None:
        super().__init__(StatusCode.NOT_FOUND, message, reason)


class AlreadyExists(ServiceError):
    """What the request would make is there."""

    def __init__(self, message: str, reason: str = "ALREADY_EXISTS") -> None:
        super().__init__(StatusCode.ALREADY_EXISTS, message, reason)


class Aborted(ServiceError):
    """Another change came first; the caller should read again and decide."""

    def __init__(self, message: str, reason: str, metadata: Mapping[str, str] | None = None) -> None:
        super().__init__(StatusCode.ABORTED, message, reason, metadata=metadata)


class Unavailable(ServiceError):
    """Something that the call needs does not answer now."""

    def __init__(self, message: str, reason: str = "UNAVAILABLE", retry_after: float | None = 1.0) -> None:
        super().__init__(StatusCode.UNAVAILABLE, message, reason, retry_after=retry_after)


class ResourceExhausted(ServiceError):
    """A limit of this process is reached."""

    def __init__(self, message: str, reason: str = "RESOURCE_EXHAUSTED", retry_after: float | None = 1.0) -> None:
        super().__init__(StatusCode.RESOURCE_EXHAUSTED, message, reason, retry_after=retry_after)


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
