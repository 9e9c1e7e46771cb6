"""The table of errors: which gRPC status each kind has, and how it is told in google.rpc.Status in the trailers.

Source: the richer error model of gRPC, https://grpc.io/docs/guides/error/#richer-error-model
"""

from collections.abc import Mapping

from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc import StatusCode

from service_kit.errors import (
    Aborted,
    AlreadyExists,
    InvalidArgument,
    NotFound,
    OutOfRange,
    PermissionDenied,
    ResourceExhausted,
    ServiceError,
    Unauthenticated,
    Unavailable,
)

DOMAIN = "notewire"
DETAILS_KEY = "grpc-status-details-bin"
# Proxies refuse trailers of some KiB; the texts are ours and short, but a field path may repeat what a client sent.
MAX_TEXT = 160


class Internal(ServiceError):
    """Stands for an exception that is no ServiceError, of which a client hears nothing more."""

    reason = "INTERNAL"

    def __init__(self) -> None:
        super().__init__("internal error")


# Every error has the details ErrorInfo (its reason, DOMAIN and metadata), RetryInfo where it has a retry_after, and
# BadRequest where it has violations.
_CODES: Mapping[type[ServiceError], StatusCode] = {
    InvalidArgument: StatusCode.INVALID_ARGUMENT,
    OutOfRange: StatusCode.OUT_OF_RANGE,
    NotFound: StatusCode.NOT_FOUND,
    AlreadyExists: StatusCode.ALREADY_EXISTS,
    Aborted: StatusCode.ABORTED,
    Unauthenticated: StatusCode.UNAUTHENTICATED,
    PermissionDenied: StatusCode.PERMISSION_DENIED,
    Unavailable: StatusCode.UNAVAILABLE,
    ResourceExhausted: StatusCode.RESOURCE_EXHAUSTED,
    Internal: StatusCode.INTERNAL,
}


def code_of(error: ServiceError) -> StatusCode:
    """The code of the kind that an error is of."""
    return next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), StatusCode.UNKNOWN)


def shorten(text: str, limit: int = MAX_TEXT) -> str:
    """The text itself, or its beginning and an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def error_status(error: ServiceError) -> Status:
    """The error with its details: BadRequest, ErrorInfo, RetryInfo, as far as they apply."""
    status = Status(code=code_of(error).value[0], message=status_message(error))
    info = ErrorInfo(reason=error.reason, domain=DOMAIN)
    for key, value in error.metadata.items():
        info.metadata[key] = shorten(value)
    status.details.add().Pack(info)
    if isinstance(error, InvalidArgument) and error.violations:
        violations = [
            BadRequest.FieldViolation(field=shorten(field), description=shorten(description))
            for field, description in error.violations
        ]
        status.details.add().Pack(BadRequest(field_violations=violations))
    if error.retry_after is not None:
        delay = Duration()
        delay.FromMilliseconds(round(error.retry_after * 1000))
        status.details.add().Pack(RetryInfo(retry_delay=delay))
    return status


def status_message(error: ServiceError) -> str:
    """The text that goes out as grpc-message."""
    return shorten(error.message, 512)


def error_trailers(error: ServiceError) -> tuple[tuple[str, bytes], ...]:
    """The trailing metadata of the error's status."""
    return ((DETAILS_KEY, error_status(error).SerializeToString()),)
