"""A ServiceError as google.rpc.Status in the trailers.

Source: the richer error model of gRPC, https://grpc.io/docs/guides/error/#richer-error-model
"""

from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from service_kit.errors import DOMAIN, ServiceError

DETAILS_KEY = "grpc-status-details-bin"
# Proxies refuse trailers of some KiB; the texts are ours and short, but a field path may repeat what a client sent.
MAX_TEXT = 160


def shorten(text: str, limit: int = MAX_TEXT) -> str:
    """The text itself, or its beginning and an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def error_status(error: ServiceError) -> Status:
    """The error with its details: BadRequest, ErrorInfo, RetryInfo, as far as they apply."""
    status = Status(code=error.code.value[0], message=status_message(error))
    info = ErrorInfo(reason=error.reason, domain=DOMAIN)
    for key, value in error.metadata.items():
        info.metadata[key] = shorten(value)
    status.details.add().Pack(info)
    if error.violations:
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
